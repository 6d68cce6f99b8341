#include "storage/directory/object_file.h"

#include <gtest/gtest.h>

#include "tests/storage/golden.h"

namespace eyrie::storage {
namespace {

Bytes pattern(std::size_t size) {
  Bytes bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 + i / 253);
  return bytes;
}

TEST(ObjectFile, ObjectsOfEverySizeComeBack) {
  for (const std::size_t size : {0u, 1u, 65'535u, 65'536u, 65'537u, 131'072u, 131'073u}) {
    const Bytes file = seal_object("a/b", pattern(size));
    EXPECT_EQ(object_length(file.size()), size);
    EXPECT_TRUE(open_object("a/b", file).value() == pattern(size)) << size;
  }
}

TEST(ObjectFile, SizesThatNoObjectHasAreTold) {
  EXPECT_FALSE(object_length(0).has_value());
  EXPECT_FALSE(object_length(31).has_value());
  EXPECT_EQ(object_length(32), 0u);
  EXPECT_FALSE(object_length(36).has_value());
  EXPECT_EQ(object_length(37), 1u);
}

TEST(ObjectFile, EveryFlippedBitAndEveryTruncationIsDataLoss) {
  const Bytes file = seal_object("a/b", pattern(100));
  for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
    Bytes damaged = file;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(open_object("a/b", damaged).error().code(), Code::data_loss) << bit;
  }
  for (std::size_t length = 0; length < file.size(); ++length) {
    EXPECT_EQ(open_object("a/b", file.substr(0, length)).error().code(), Code::data_loss);
  }
}

TEST(ObjectFile, AnotherObjectsFileIsDataLoss) {
  EXPECT_EQ(open_object("a/c", seal_object("a/b", "x")).error().code(), Code::data_loss);
}

TEST(ObjectFile, GoldenFileOfVersionOneReadsAndWritesTheSameBytes) {
  const Bytes expected = seal_object("insert_log/1/2/3/4.5", pattern(70'000));
  const Bytes stored = test::golden_file("v1", "directory_object", expected);
  EXPECT_TRUE(stored == expected);
  EXPECT_TRUE(open_object("insert_log/1/2/3/4.5", stored).value() == pattern(70'000));
}

TEST(ObjectFile, PathsLeadBackToTheirKeysAndStayInTheFolder) {
  for (const std::string& key :
       {std::string("a"), std::string("a/b"), std::string(".."), std::string("../.."),
        std::string("."), std::string("/"), std::string("//"), std::string("a/"), std::string("/a"),
        std::string("a//b"), std::string(200, 'x'), std::string(201, 'x'), std::string(400, 'x'),
        std::string(1'024, 'x'), std::string(401, '.')}) {
    const std::string path = path_of_key(key);
    EXPECT_EQ(key_of_path(path), key) << path;
    std::size_t part = 0;
    for (const char c : path + "/") {
      part = c == '/' ? 0 : part + 1;
      EXPECT_LE(part, 255u);
    }
    EXPECT_EQ(("/" + path + "/").find("/../"), std::string::npos);
    EXPECT_EQ(("/" + path + "/").find("/./"), std::string::npos);
    EXPECT_EQ(("/" + path + "/").find("//"), std::string::npos);
  }
  EXPECT_EQ(path_of_key("a/b"), "a/b@");
  for (const char* path : {"", "@", "a", "a/b", "a@/b", "a%@", "a%/b@", "x y@", "../a@", "a/@",
                           "./a@", "%%@", "%x@"}) {
    EXPECT_FALSE(key_of_path(path).has_value()) << path;
  }
}

}  // namespace
}  // namespace eyrie::storage
