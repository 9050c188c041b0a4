#include "shapes.hpp"

#include <new>

Shape::~Shape() {}
double Square::area() const { return side * side; }
Trouble::~Trouble() {}
std::size_t std::hash<Key>::operator()(const Key &key) const noexcept { return static_cast<std::size_t>(key.number); }
template <class T> T Held<T>::last() const { return all.at(all.size() - 1); }
template struct Held<std::string>;

namespace {
struct Hidden {
  int first = 1;
};
} // namespace

Shape *make_shape() { return new Square(3); }
void fail(int how) {
  switch (how) {
  case 0: throw Trouble("trouble");
  case 1: throw InlineTrouble("inline");
  case 2: throw std::runtime_error("standard");
  case 3: throw std::bad_alloc();
  case 4: (void)std::string().at(5); break;
  case 5: throw std::string("text");
  case 6: throw 5;
  case 7: throw Hidden();
  }
}
std::map<std::string, int> count(const std::string &text) {
  std::map<std::string, int> found;
  for (char one : text) found[std::string(30, one)]++;
  return found;
}
