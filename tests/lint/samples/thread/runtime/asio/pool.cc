#include <thread>

void start() { std::thread thread([] {}); }
