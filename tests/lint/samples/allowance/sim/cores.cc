// lint: allow-float  FIRES
double share = 1;
// lint: allow-float nothing on the next line is one  FIRES
int count = 1;
// lint: allow-flaot a rule that does not exist  FIRES
int other = 1;
// lint: allow-float drawn on a page and decided by nothing
double drawn = 1;
