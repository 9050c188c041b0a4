#pragma once
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

struct Shape {
  virtual ~Shape();
  virtual double area() const = 0;
};
struct Square : Shape {
  explicit Square(double side) : side(side) {}
  double area() const override;
  double side;
};
// The one has a function that is compiled in one place (which then holds its type), the other has none.
struct Trouble : std::runtime_error {
  using std::runtime_error::runtime_error;
  ~Trouble() override;
};
struct InlineTrouble : std::logic_error {
  using std::logic_error::logic_error;
};
struct Key {
  int number;
  bool operator==(const Key &other) const { return number == other.number; }
};
template <> struct std::hash<Key> {
  std::size_t operator()(const Key &key) const noexcept;
};
template <class T> struct Held {
  std::vector<T> all;
  T last() const;
};
extern template struct Held<std::string>;

Shape *make_shape();
void fail(int how);
std::map<std::string, int> count(const std::string &text);
