#pragma once
#include "shapes.hpp"

#include <new>
#include <sstream>
#include <unordered_map>

namespace {
struct Hidden {
  std::string other; // another type than the library's, with the same name
};

inline std::string caught(int how) {
  try {
    fail(how);
  } catch (const Trouble &error) {
    return std::string("Trouble ") + error.what();
  } catch (const InlineTrouble &error) {
    return std::string("InlineTrouble ") + error.what();
  } catch (const std::bad_alloc &) {
    return "bad_alloc";
  } catch (const std::out_of_range &) {
    return "out_of_range";
  } catch (const std::exception &error) {
    return std::string("exception ") + error.what();
  } catch (const std::string &text) {
    return "string " + text;
  } catch (int number) {
    return "int " + std::to_string(number);
#ifdef _LIBCPP_VERSION // with libstdc++, clang's types of anonymous namespaces are one if they have one name
  } catch (const Hidden &hidden) {
    return hidden.other;
#endif
  } catch (...) {
    return "something";
  }
  return "nothing";
}

inline std::string own() {
  try {
    throw std::runtime_error("own");
  } catch (const std::exception &error) {
    return error.what();
  }
}

// What the module sees of itself and of the library.
inline std::string story() {
  std::ostringstream told;
  for (int how = 0; how < 8; how++) told << caught(how) << '\n';
  told << own() << '\n';
  Shape *shape = make_shape();
  told << (dynamic_cast<Square *>(shape) ? shape->area() : 0) << '\n';
  delete shape;
  std::unordered_map<Key, int> numbers;
  numbers[Key{4}] = count("hello")[std::string(30, 'l')];
  told << numbers[Key{4}] << ' ' << Held<std::string>{{"a", "b"}}.last() << '\n';
  return told.str();
}
} // namespace
