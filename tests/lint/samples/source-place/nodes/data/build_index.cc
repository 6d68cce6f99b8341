#include <source_location>

void trace(std::source_location where);  // FIRES
void here() { record(__FILE__, __LINE__); }  // FIRES
