// A seed's life as a picture: simulated time goes right.
//
// From the top: how many calls were under way, by what became of them; a strip for each client with
// its calls; a lane for each machine. In a lane: faults as shaded boxes, a crash as a red cross
// (killed) or bolt (power lost) and the time until the restart in red, what the machine holds as
// bars (the lead in gold, channels in four colours). Green ways from lane to lane are segments:
// sealed, written, indexed, loaded, handed over. What a contradiction names is boxed in red.
#pragma once

#include <string>

#include "reports/timeline.h"

namespace eyrie::reports {

// The part of a timeline that is shown.
struct Window {
  Microseconds begin = 0;
  Microseconds end = 0;
};

// Inline SVG. A window without length shows all.
std::string draw_timeline(const Timeline& timeline, Window window = {});

// Around the calls that are named, with some time on both sides; without length if none is, or if
// that were nearly all.
Window window_of_named(const Timeline& timeline);

}  // namespace eyrie::reports
