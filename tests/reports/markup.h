// Reads markup just far enough to say whether it is well formed, and what it is made of.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace eyrie::reports {

struct Element {
  std::string name;
  std::map<std::string, std::string> attributes;
};

struct Markup {
  std::vector<Element> elements;
  std::string text;     // outside of tags and styles, entities left as they are
  std::string mistake;  // empty if it is well formed
};

// Every element is closed in order but HTML's void ones; attributes are in double quotes.
inline Markup read_markup(const std::string& source) {
  static const std::set<std::string> kVoid = {"meta", "br", "!DOCTYPE"};
  Markup markup;
  std::vector<std::string> open;
  std::size_t at = 0;
  while (at < source.size()) {
    const std::size_t tag = source.find('<', at);
    markup.text += source.substr(at, tag - at);
    if (tag == std::string::npos) break;
    const std::size_t end = source.find('>', tag);
    if (end == std::string::npos) {
      markup.mistake = "a tag does not end";
      return markup;
    }
    std::string inside = source.substr(tag + 1, end - tag - 1);
    at = end + 1;
    if (inside.starts_with("/")) {
      if (open.empty() || open.back() != inside.substr(1)) {
        markup.mistake = "</" + inside.substr(1) + "> closes " +
                         (open.empty() ? "nothing" : "<" + open.back() + ">");
        return markup;
      }
      open.pop_back();
      continue;
    }
    const bool closed = inside.ends_with("/");
    if (closed) inside.pop_back();
    Element element;
    std::size_t place = inside.find(' ');
    element.name = inside.substr(0, place);
    while (element.name != "!DOCTYPE" && place != std::string::npos && place < inside.size()) {
      const std::size_t equals = inside.find("=\"", place);
      if (equals == std::string::npos) break;
      const std::size_t quote = inside.find('"', equals + 2);
      const std::string name = inside.substr(place + 1, equals - place - 1);
      if (quote == std::string::npos || name.find_first_of(" \"'<") != std::string::npos ||
          !element.attributes.emplace(name, inside.substr(equals + 2, quote - equals - 2)).second) {
        markup.mistake = "attributes of <" + inside + ">";
        return markup;
      }
      place = quote + 1;
    }
    if (element.name == "style") {
      at = source.find("</style>", at);
      if (at == std::string::npos) {
        markup.mistake = "a style does not end";
        return markup;
      }
    }
    if (!closed && !kVoid.contains(element.name)) open.push_back(element.name);
    markup.elements.push_back(std::move(element));
  }
  if (!open.empty()) markup.mistake = "<" + open.back() + "> is not closed";
  return markup;
}

}  // namespace eyrie::reports
