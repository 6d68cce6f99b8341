// SimDisk: one incarnation's view of its machine's disk, for tasks and for offloaded code.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/disk.h"
#include "sim/clock.h"
#include "sim/disk_image.h"
#include "sim/event_log.h"
#include "sim/life_guard.h"

namespace eyrie::sim {

// What is wrong with a disk at the moment; the faults room changes it, the disk counts what it did.
struct DiskFaults {
  // A write fails, and nothing of it is there: of bytes, or of a name.
  Ratio write_error;
  Ratio read_error;  // so does a read, of bytes or names
  Ratio sync_error;  // a sync fails; which writes reached the platter is drawn
  SimTime slow_until = 0;
  std::int64_t slow_factor = 1;  // every operation takes so many times as long
  // The machine loses power within the n-th operation from now; 0: it does not.
  std::uint64_t power_cut_at = 0;

  std::uint64_t write_errors_taken = 0;
  std::uint64_t read_errors_taken = 0;
  std::uint64_t sync_errors_taken = 0;
  std::uint64_t slow_operations = 0;
  std::uint64_t full_errors_taken = 0;
  std::uint64_t power_cut_in = 0;  // the operation, by DiskDevice::operations, of the last; 0: none
};

// What a disk does: reads, writes or cuts a file, makes durable, works on names.
enum class DiskWork : std::uint8_t { read, write, sync, name };
std::string_view name_of(DiskWork work);

// A machine's disk hardware: survives its processes.
struct DiskDevice {
  DiskDevice(std::uint64_t capacity, Random stream)
      : capacity_bytes(capacity), image(capacity), random(stream) {}

  const std::uint64_t capacity_bytes;  // when nothing else fills it
  DiskImage image;
  DiskFaults faults;
  Random random;
  std::map<std::string, std::uint32_t> locks;  // path: incarnation
  std::uint64_t operations = 0;
};

// How a SimDisk reaches its machine.
class DiskHost : public LifeGuard {
 public:
  virtual DiskDevice& device() = 0;
  virtual std::uint32_t incarnation_number() const = 0;
  virtual SimTime now() const = 0;
  virtual EventLog& log() = 0;
  virtual NameId name_id() const = 0;  // the machine's
  virtual void add_blocking_time(SimTime duration) = 0;
  // The power goes now, in an operation of this kind; it fails, and so does every later one.
  virtual void cut_power(DiskWork work) = 0;
  virtual bool power_is_cut() const = 0;

 protected:
  ~DiskHost() = default;
};

class SimDisk : public Disk {
 public:
  SimDisk(DiskHost& host, Clock& clock);
  ~SimDisk() override;

  Task<Result<std::unique_ptr<File>>> open(std::string path, OpenMode mode) override;
  Task<Status> rename(std::string from, std::string to) override;
  Task<Status> remove(std::string path) override;
  Task<Status> make_dir(std::string path) override;
  Task<Result<std::vector<std::string>>> list(std::string folder) override;
  Task<Status> sync_dir(std::string folder) override;
  Task<Result<std::unique_ptr<FileLock>>> lock(std::string path) override;
  Task<Result<std::uint64_t>> free_bytes() override;
  BlockingDisk& blocking() override;

 private:
  class Blocking;

  Task<Result<std::unique_ptr<FileLock>>> lock_at_once(std::string path);

  DiskHost& host_;
  Clock& clock_;
  std::unique_ptr<Blocking> blocking_;
};

}  // namespace eyrie::sim
