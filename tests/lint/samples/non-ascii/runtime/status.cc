// An arrow → looks well in a page, not in code.  FIRES
int answer = 42;
