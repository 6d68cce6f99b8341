#pragma once

// TODO: more ids.  FIRES
int a = 0;  /* FIXME later */  // FIRES
int mastodon = 1;
