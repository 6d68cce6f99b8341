float score(float left, float right) { return left * right; }
