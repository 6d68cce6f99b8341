#include "reports/html/drawing.h"

#include <array>

#include <fmt/format.h>

#include "reports/html/text.h"

namespace eyrie::reports {

namespace {

// One class: what is the same in every light, then what is painted, light and dark.
struct Paint {
  std::string_view name;
  std::string_view form;
  std::string_view property;
  std::string_view light;
  std::string_view dark;
};

// Blue, orange and magenta of calls differ for every kind of colour vision; verdicts also differ in
// words. Families of faults are light enough for what is drawn over them.
constexpr std::array kPaints = {
    Paint{"e-ground", "", "fill", "#ffffff", "#0d1117"},
    Paint{"e-ink", "font:11px system-ui,sans-serif", "fill", "#1f2328", "#e6edf3"},
    Paint{"e-strong", "font:600 13px system-ui,sans-serif", "fill", "#1f2328", "#e6edf3"},
    Paint{"e-soft", "font:10.5px system-ui,sans-serif", "fill", "#59636e", "#9198a1"},
    Paint{"e-alarm", "font:600 11px system-ui,sans-serif", "fill", "#b3171f", "#ff8f88"},
    Paint{"e-band", "", "fill", "#f4f6f8", "#151b23"},
    Paint{"e-phase", "fill-opacity:.6", "fill", "#eaeef2", "#1f2630"},
    Paint{"e-rule", "stroke-width:.6", "stroke", "#d1d9e0", "#30363d"},
    Paint{"e-axis", "stroke-width:1", "stroke", "#818b98", "#656c76"},
    Paint{"e-alive", "stroke-width:1", "stroke", "#aeb7c0", "#4a525c"},
    Paint{"e-track", "", "fill", "#e6eaef", "#262d36"},
    Paint{"e-holds", "", "fill", "#2da44e", "#3fb950"},
    Paint{"e-violated", "", "fill", "#cf222e", "#f85149"},
    Paint{"e-stuck", "", "fill", "#bc4c00", "#f0883e"},
    Paint{"e-crashed", "", "fill", "#8250df", "#ab7df8"},
    Paint{"e-unmet", "", "fill", "#bf8700", "#d29922"},
    Paint{"e-plain", "", "fill", "#5b8fd1", "#4f86cc"},
    Paint{"e-call-ok", "fill:none", "stroke", "#4187d6", "#5a9ff0"},
    Paint{"e-call-info", "fill:none", "stroke", "#ef9b0f", "#f5b041"},
    Paint{"e-call-fail", "fill:none", "stroke", "#d0488f", "#ec6fb0"},
    Paint{"e-ok", "", "fill", "#4187d6", "#5a9ff0"},
    Paint{"e-info", "", "fill", "#ef9b0f", "#f5b041"},
    Paint{"e-fail", "", "fill", "#d0488f", "#ec6fb0"},
    Paint{"e-f-process", "fill-opacity:.38", "fill", "#8c959f", "#9ea7b3"},
    Paint{"e-f-network", "fill-opacity:.34", "fill", "#8f5fe8", "#a57bf5"},
    Paint{"e-f-clock", "fill-opacity:.38", "fill", "#14a3a3", "#2fc4c4"},
    Paint{"e-f-disk", "fill-opacity:.38", "fill", "#a0703c", "#c08a50"},
    Paint{"e-f-service", "fill-opacity:.38", "fill", "#e8772e", "#f08a45"},
    Paint{"e-down", "fill-opacity:.16", "fill", "#cf222e", "#f85149"},
    Paint{"e-crash", "fill:none;stroke-width:1.7;stroke-linecap:round", "stroke", "#cf222e",
          "#f85149"},
    Paint{"e-bolt", "", "fill", "#cf222e", "#f85149"},
    Paint{"e-leads", "", "fill", "#d4a200", "#e3b341"},
    Paint{"e-c0", "", "fill", "#0a7a5a", "#3ccf9e"},
    Paint{"e-c1", "", "fill", "#2461c9", "#6ea8ff"},
    Paint{"e-c2", "", "fill", "#a33fb0", "#dd8ce8"},
    Paint{"e-c3", "", "fill", "#8a6a00", "#d9b84a"},
    Paint{"e-journey", "fill:none;stroke-width:1.1;stroke-opacity:.55", "stroke", "#1f883d",
          "#56d364"},
    Paint{"e-stop", "", "fill", "#1f883d", "#56d364"},
    Paint{"e-named", "fill-opacity:.25;stroke-width:1.6", "stroke", "#cf222e", "#f85149"},
    Paint{"e-moment", "stroke-width:1.2;stroke-dasharray:4 3", "stroke", "#cf222e", "#f85149"},
    Paint{"e-asked", "stroke-width:1.5", "stroke", "#1f2328", "#e6edf3"},
};

}  // namespace

Drawing::Drawing(double width, double height, std::string_view label) {
  head_ = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">",
                      coordinate(width), coordinate(height), escaped(label));
}

void Drawing::finish(std::string_view element, std::string_view title) {
  if (title.empty()) {
    body_ += "/>";
  } else {
    body_ += fmt::format("><title>{}</title></{}>", escaped(title), element);
  }
}

void Drawing::rect(Box box, std::string_view classes, std::string_view title, double radius) {
  body_ += fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"", classes,
                       coordinate(box.x), coordinate(box.y), coordinate(box.width),
                       coordinate(box.height));
  if (radius > 0) body_ += fmt::format(" rx=\"{}\"", coordinate(radius));
  finish("rect", title);
}

void Drawing::line(double x1, double y1, double x2, double y2, std::string_view classes) {
  body_ += fmt::format("<line class=\"{}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>", classes,
                       coordinate(x1), coordinate(y1), coordinate(x2), coordinate(y2));
}

void Drawing::path(std::string_view commands, std::string_view classes, std::string_view title) {
  body_ += fmt::format("<path class=\"{}\" d=\"{}\"", classes, escaped(commands));
  finish("path", title);
}

void Drawing::circle(double x, double y, double radius, std::string_view classes,
                     std::string_view title) {
  body_ += fmt::format("<circle class=\"{}\" cx=\"{}\" cy=\"{}\" r=\"{}\"", classes, coordinate(x),
                       coordinate(y), coordinate(radius));
  finish("circle", title);
}

void Drawing::text(double x, double y, std::string_view classes, std::string_view text,
                   Anchor anchor) {
  constexpr std::array kAnchors = {"", " text-anchor=\"middle\"", " text-anchor=\"end\""};
  body_ += fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\"{}>{}</text>", classes, coordinate(x),
                       coordinate(y), kAnchors[static_cast<std::size_t>(anchor)], escaped(text));
}

void Drawing::open_link(std::string_view fragment) {
  body_ += fmt::format("<a href=\"#{}\">", escaped(fragment));
}

void Drawing::open_group(std::string_view classes, std::string_view title) {
  body_ += fmt::format("<g class=\"{}\">", classes);
  if (!title.empty()) body_ += fmt::format("<title>{}</title>", escaped(title));
}

std::string Drawing::inline_svg() const {
  return head_ + body_ + "</svg>";
}

std::string drawing_style() {
  std::string light;
  std::string dark;
  for (const Paint& paint : kPaints) {
    light += fmt::format(".{}{{{}:{}{}{}}}\n", paint.name, paint.property, paint.light,
                         paint.form.empty() ? "" : ";", paint.form);
    dark += fmt::format(".{}{{{}:{}}}\n", paint.name, paint.property, paint.dark);
  }
  light +=
      ".e-calls path{stroke-width:6.5}\n"
      ".e-named{fill:#cf222e}\n"
      ".e-way:hover .e-journey{stroke-width:3;stroke-opacity:1}\n"
      ".shade-0{fill-opacity:.4}\n.shade-1{fill-opacity:.6}\n.shade-2{fill-opacity:.8}\n";
  return light + "@media screen and (prefers-color-scheme:dark){\n" + dark + "}\n";
}

std::string standalone(const std::string& inline_svg) {
  const std::size_t tag = inline_svg.find('>');
  if (!inline_svg.starts_with("<svg ") || tag == std::string::npos) return inline_svg;
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" " + inline_svg.substr(5, tag - 4) + "<style>" +
         drawing_style() + "</style>" +
         "<rect class=\"e-ground\" width=\"100%\" height=\"100%\"/>" + inline_svg.substr(tag + 1) +
         "\n";
}

}  // namespace eyrie::reports
