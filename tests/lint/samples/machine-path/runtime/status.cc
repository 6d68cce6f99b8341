// See /home/someone/notes.  FIRES
// A path inside a project, docs/home/page or index/work/x, is none of a machine's.
int answer = 42;
