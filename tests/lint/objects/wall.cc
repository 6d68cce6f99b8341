// A binary that has a function of another world.
namespace eyrie::sample {
int next();
}

int main() {
  return eyrie::sample::next();
}
