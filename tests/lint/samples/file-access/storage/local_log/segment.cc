#include <filesystem>
#include <fstream>

void write() {
  std::ofstream out("log");  // FIRES
  std::filesystem::remove("log");  // FIRES
  FILE* file = fopen("log", "w");  // FIRES
  int handle = ::open("log", 0);  // FIRES
  auto opened = co_await disk.open("log");
}
