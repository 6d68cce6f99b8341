#include <atomic>

std::atomic<int> users_of_an_immutable_graph;
