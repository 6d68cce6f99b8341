#include <cstdio>
#include <iostream>

void say() {
  std::cout << "inserted";  // FIRES
  printf("inserted");  // FIRES
  fprintf(stderr, "inserted");  // FIRES
  int length = snprintf(buffer, size, "inserted");
}
