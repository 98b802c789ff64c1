// The uncommitted blocks of one blob, in a folder of their own: blocks/<key>/ holds a journal of what was acknowledged,
// one run file and any number of single block files. Not thread-safe: the caller holds the blob's lock.
//
// The run file is the blob in the making. A block whose size is announced goes straight to the place it will most
// likely have in the blob: clients number their blocks, so its id and the size of the first block tell. When the guess
// holds for all blocks, committing the blob is a link; where it fails, only the misplaced blocks are copied
// (accounts-storage.md C.3, client upload behaviour).
#pragma once

#include "storage/blobs/blob_store.hpp"
#include "storage/files/file.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace lazulite::blobs {

struct StagedBlock {
  std::string file;  // within the folder
  std::uint64_t offset = 0, size = 0, sequence = 0;
};

// Where a block being received is written.
struct BlockPlace {
  std::string file;
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> reserved;  // bytes in the run file; none: a file of its own, without limit
};

// A piece of the blob to be committed.
struct BlockBytes {
  std::filesystem::path file;
  std::uint64_t offset = 0, size = 0;
};

class BlockStaging {
 public:
  // Reads the journal, if any, and removes files it does not name. Blocks up to the sequence `after` belong to an
  // earlier commit and are dropped.
  static Result<std::shared_ptr<BlockStaging>> load(std::filesystem::path folder, std::uint64_t after);

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] const StagedBlock* find(const std::string& id) const;
  [[nodiscard]] std::vector<BlockEntry> entries() const;  // in the order of their acknowledgement
  [[nodiscard]] bool idle() const { return blocks_.empty() && writers_ == 0; }
  [[nodiscard]] std::uint64_t last_sequence() const { return last_sequence_; }

  // InvalidArgument "InvalidBlockId" or "InvalidBlobOrBlock".
  [[nodiscard]] Result<void> check_id(const std::string& id) const;
  // Conflict "BlockCountExceedsLimit".
  [[nodiscard]] Result<void> check_room(const std::string& id) const;
  // Every reserve() is followed by one add() or release().
  [[nodiscard]] Result<BlockPlace> reserve(const std::string& id, std::optional<std::uint64_t> size);
  // The place holds `size` flushed bytes: journals the block, durably. On failure the place is released.
  [[nodiscard]] Result<void> add(const BlockPlace& place, const std::string& id, std::uint64_t size,
                                 std::uint64_t sequence);
  void release(const BlockPlace& place);

  // Makes the run file hold exactly these pieces and flushes it. nullopt when that would destroy an acknowledged block
  // or save nothing.
  [[nodiscard]] Result<std::optional<std::filesystem::path>> complete_run(const std::vector<BlockBytes>& pieces) const;
  // Drops all blocks and their files; places that are being written stay.
  void clear();

 private:
  explicit BlockStaging(std::filesystem::path folder) : folder_(std::move(folder)) {}
  void replay(std::string_view journal, std::uint64_t after);
  void replay_line(std::string_view line, std::uint64_t after);
  void sweep() const;
  [[nodiscard]] std::optional<std::uint64_t> run_offset(const std::string& id, std::uint64_t size);
  [[nodiscard]] bool is_free(std::uint64_t offset, std::uint64_t size) const;
  void forget(const StagedBlock& block);
  [[nodiscard]] Result<void> append(const std::string& lines);

  std::filesystem::path folder_;
  std::unordered_map<std::string, StagedBlock> blocks_;  // by id
  std::string run_;                                      // name of the run file, empty before the first announced block
  std::uint64_t unit_ = 0;                               // bytes of that first block
  std::map<std::uint64_t, std::uint64_t> occupied_;      // of the run file: offset to size, acknowledged and reserved
  std::size_t writers_ = 0, run_writers_ = 0;            // places reserved now, and those in the run file
  std::uint64_t last_sequence_ = 0;
  files::FileDescriptor journal_;  // open for appending once it is needed
  std::uint64_t journal_size_ = 0;
  bool run_journaled_ = false;
  bool has_new_files_ = false;  // whose names are not flushed yet
};

}  // namespace lazulite::blobs
