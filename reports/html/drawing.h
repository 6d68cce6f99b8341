// Drawing: an SVG picture, element by element, in its own units (a viewBox from 0, 0).
//
// Elements are coloured by class alone; drawing_style() has each class's colours for light and for
// dark. Text and titles are escaped here, so a caller hands in what it has. A title shows when one
// points at the element.
#pragma once

#include <string>
#include <string_view>

namespace eyrie::reports {

struct Box {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
};

class Drawing {
 public:
  // The label says what the picture is, for those who do not see it.
  Drawing(double width, double height, std::string_view label);

  void rect(Box box, std::string_view classes, std::string_view title = "", double radius = 0);
  void line(double x1, double y1, double x2, double y2, std::string_view classes);
  // `commands` as SVG has them, made of coordinates alone.
  void path(std::string_view commands, std::string_view classes, std::string_view title = "");
  void circle(double x, double y, double radius, std::string_view classes,
              std::string_view title = "");
  enum class Anchor : unsigned char { start, middle, end };
  void text(double x, double y, std::string_view classes, std::string_view text,
            Anchor anchor = Anchor::start);
  // A link to a place of the same page; what is drawn until close() belongs to it.
  void open_link(std::string_view fragment);
  void open_group(std::string_view classes, std::string_view title = "");
  void close_link() { body_ += "</a>"; }
  void close_group() { body_ += "</g>"; }

  // For a page that has drawing_style().
  std::string inline_svg() const;

 private:
  void finish(std::string_view element, std::string_view title);

  std::string head_;
  std::string body_;
};

// Colours and strokes of all classes; dark ones where the reader prefers them, light ones on paper.
std::string drawing_style();

// A file of its own from what inline_svg() gave: with its style, on a ground of its own.
std::string standalone(const std::string& inline_svg);

}  // namespace eyrie::reports
