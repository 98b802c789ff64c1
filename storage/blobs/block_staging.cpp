#include "storage/blobs/block_staging.hpp"

#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "storage/blobs/block_number.hpp"
#include "storage/blobs/container_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace lazulite::blobs {
namespace {

constexpr std::uint64_t kJournalLimit = 64U << 20U;
constexpr std::size_t kBlockLimit = 100'000;      // uncommitted blocks of a blob (C.3)
constexpr std::uint64_t kRunLimit = 8ULL << 40U;  // bytes of the run file, holes included

}  // namespace

Result<std::shared_ptr<BlockStaging>> BlockStaging::load(std::filesystem::path folder, std::uint64_t after) {
  std::shared_ptr<BlockStaging> out{new BlockStaging{std::move(folder)}};
  out->last_sequence_ = after;
  const auto journal = files::read_file(out->folder_ / kJournalFile, kJournalLimit);
  if (!journal && journal.error().code != ErrorCode::kNotFound) return journal.error();
  if (journal) out->replay(*journal, after);
  out->sweep();
  if (out->blocks_.empty()) {
    out->clear();
    return out;
  }
  // A line cut short by a crash was never acknowledged: new lines go in its place.
  out->journal_ = files::FileDescriptor{::open((out->folder_ / kJournalFile).c_str(), O_RDWR | O_CLOEXEC)};
  if (!out->journal_) return files::io_error("open", out->folder_ / kJournalFile);
  out->journal_size_ = journal->rfind('\n') + 1;
  const bool is_cut_short = out->journal_size_ != journal->size();  // truncating a whole one would make it look recent
  if (is_cut_short && ::ftruncate(out->journal_.get(), static_cast<off_t>(out->journal_size_)) != 0) {
    return files::io_error("truncate", out->folder_ / kJournalFile);
  }
  return out;
}

void BlockStaging::replay(std::string_view journal, std::uint64_t after) {
  for (auto end = journal.find('\n'); end != std::string_view::npos; end = journal.find('\n')) {
    replay_line(journal.substr(0, end), after);
    journal.remove_prefix(end + 1);
  }
}

// "run <file> <unit>" or "block <sequence> <file> <offset> <size> <id>".
void BlockStaging::replay_line(std::string_view line, std::uint64_t after) {
  const auto words = split(line, ' ');
  if (words.size() == 3 && words[0] == "run") {
    run_ = words[1];
    unit_ = parse_uint64(words[2]).value_or(0);
    run_journaled_ = true;
  }
  if (words.size() != 6 || words[0] != "block") return;
  StagedBlock block{std::string{words[2]}, parse_uint64(words[3]).value_or(0), parse_uint64(words[4]).value_or(0),
                    parse_uint64(words[1]).value_or(0)};
  if (block.sequence <= after) return;
  last_sequence_ = std::max(last_sequence_, block.sequence);
  const std::string id{words[5]};
  if (const auto* older = find(id)) forget(*older);
  if (block.file == run_) occupied_[block.offset] = block.size;
  blocks_[id] = std::move(block);
}

// Removes what a crash left: files of blocks that were never acknowledged, or replaced since.
void BlockStaging::sweep() const {
  std::set<std::string> wanted{std::string{kJournalFile}, run_};
  for (const auto& [id, block] : blocks_) wanted.insert(block.file);
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator{folder_, error}) {
    if (!wanted.contains(entry.path().filename().string())) ::unlink(entry.path().c_str());
  }
}

const StagedBlock* BlockStaging::find(const std::string& id) const {
  const auto block = blocks_.find(id);
  return block == blocks_.end() ? nullptr : &block->second;
}

std::vector<BlockEntry> BlockStaging::entries() const {
  std::vector<std::pair<std::uint64_t, BlockEntry>> sorted;
  sorted.reserve(blocks_.size());
  for (const auto& [id, block] : blocks_) sorted.push_back({block.sequence, {id, block.size}});
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<BlockEntry> out;
  for (auto& [sequence, entry] : sorted) out.push_back(std::move(entry));
  return out;
}

Result<void> BlockStaging::check_id(const std::string& id) const {
  LAZULITE_CHECK(check_block_id(id));
  // Lengths compare as the client encoded them: go-ams pads differently long ids to one length (C.3).
  if (!blocks_.empty() && blocks_.begin()->first.size() != id.size()) {
    return fail_with(ErrorCode::kInvalidArgument, "InvalidBlobOrBlock", "all block ids of a blob must be equally long");
  }
  return {};
}

Result<void> BlockStaging::check_room(const std::string& id) const {
  if (blocks_.size() + writers_ >= kBlockLimit && find(id) == nullptr) {
    return fail_with(ErrorCode::kConflict, "BlockCountExceedsLimit", "the blob has {} uncommitted blocks already",
                     kBlockLimit);
  }
  return {};
}

bool BlockStaging::is_free(std::uint64_t offset, std::uint64_t size) const {
  auto next = occupied_.lower_bound(offset);
  if (next != occupied_.end() && next->first < offset + size) return false;
  return next == occupied_.begin() || std::prev(next)->first + std::prev(next)->second <= offset;
}

// The place in the run file; nullopt when it is taken, or out of reach.
std::optional<std::uint64_t> BlockStaging::run_offset(const std::string& id, std::uint64_t size) {
  if (size == 0) return std::nullopt;
  if (unit_ == 0) {
    unit_ = size;
    run_ = Uuid::random().text();
    has_new_files_ = true;
  }
  const auto number = block_number(id, unit_);
  const auto end = occupied_.empty() ? 0 : occupied_.rbegin()->first + occupied_.rbegin()->second;
  if (number && size > unit_) return std::nullopt;
  const auto offset = number ? *number * unit_ : end;  // without a number: one after the other
  if (offset > kRunLimit || size > kRunLimit - offset || !is_free(offset, size)) return std::nullopt;
  return offset;
}

Result<BlockPlace> BlockStaging::reserve(const std::string& id, std::optional<std::uint64_t> size) {
  if (::mkdir(folder_.c_str(), 0700) == 0) {
    LAZULITE_CHECK(files::flush_directory(folder_.parent_path()));
  } else if (errno != EEXIST) {
    return files::io_error("make folder", folder_);
  }
  ++writers_;
  if (const auto offset = size ? run_offset(id, *size) : std::nullopt) {
    ++run_writers_;
    occupied_[*offset] = *size;
    return BlockPlace{run_, *offset, size};
  }
  has_new_files_ = true;
  return BlockPlace{Uuid::random().text(), 0, {}};
}

Result<void> BlockStaging::add(const BlockPlace& place, const std::string& id, std::uint64_t size,
                               std::uint64_t sequence) {
  std::string lines;
  if (!run_.empty() && !run_journaled_) lines = fmt::format("run {} {}\n", run_, unit_);
  lines += fmt::format("block {} {} {} {} {}\n", sequence, place.file, place.offset, size, id);
  auto written = has_new_files_ ? files::flush_directory(folder_) : Result<void>{};
  if (written) written = append(lines);
  if (!written) {
    release(place);
    return written;
  }
  run_journaled_ = !run_.empty();
  has_new_files_ = false;
  --writers_;
  if (place.reserved) {
    --run_writers_;
    occupied_[place.offset] = size;
  }
  if (const auto* older = find(id)) forget(*older);
  blocks_[id] = {place.file, place.offset, size, sequence};
  last_sequence_ = std::max(last_sequence_, sequence);
  return {};
}

void BlockStaging::release(const BlockPlace& place) {
  --writers_;
  if (place.reserved) {
    --run_writers_;
    occupied_.erase(place.offset);
  } else {
    ::unlink((folder_ / place.file).c_str());
  }
}

// A block that a newer one of its id replaces.
void BlockStaging::forget(const StagedBlock& block) {
  if (block.file == run_) {
    occupied_.erase(block.offset);
  } else {
    ::unlink((folder_ / block.file).c_str());
  }
}

Result<void> BlockStaging::append(const std::string& lines) {
  if (!journal_) {
    LAZULITE_TRY(journal_, files::create_file(folder_ / kJournalFile));
    journal_size_ = 0;
    LAZULITE_CHECK(files::flush_directory(folder_));
  }
  auto written = files::write_all(journal_, as_bytes(lines), journal_size_);
  if (written) written = files::flush_file(journal_);
  if (written) {
    journal_size_ += lines.size();
  } else if (::ftruncate(journal_.get(), static_cast<off_t>(journal_size_)) != 0) {
    journal_.reset();  // half a line may stay: the next journal starts anew
  }
  return written;
}

Result<std::optional<std::filesystem::path>> BlockStaging::complete_run(const std::vector<BlockBytes>& pieces) const {
  std::optional<std::filesystem::path> none;
  if (run_.empty() || run_writers_ != 0) return none;
  const auto run = folder_ / run_;
  struct Move {
    const BlockBytes* piece;
    std::uint64_t target;
  };
  std::vector<Move> moves;
  std::uint64_t total = 0;
  for (const auto& piece : pieces) {
    if (piece.file != run || piece.offset != total) {
      if (!is_free(total, piece.size)) return none;
      moves.push_back({&piece, total});
    }
    total += piece.size;
  }
  const auto end = occupied_.empty() ? 0 : occupied_.rbegin()->first + occupied_.rbegin()->second;
  if (moves.size() == pieces.size() || end > total) return none;
  const files::FileDescriptor file{::open(run.c_str(), O_RDWR | O_CLOEXEC)};
  if (!file) return files::io_error("open", run);
  for (const auto& move : moves) {
    LAZULITE_TRY(const auto source, files::open_for_reading(move.piece->file));
    LAZULITE_CHECK(files::copy_range(source, move.piece->offset, file, move.target, move.piece->size));
  }
  if (::ftruncate(file.get(), static_cast<off_t>(total)) != 0) return files::io_error("truncate", run);
  LAZULITE_CHECK(files::flush_file(file));
  return std::optional{run};
}

void BlockStaging::clear() {
  journal_.reset();
  ::unlink((folder_ / kJournalFile).c_str());
  for (const auto& [id, block] : blocks_) {
    if (block.file == run_) {
      occupied_.erase(block.offset);
    } else {
      ::unlink((folder_ / block.file).c_str());
    }
  }
  blocks_.clear();
  run_journaled_ = false;
  if (run_writers_ == 0 && !run_.empty()) {
    ::unlink((folder_ / run_).c_str());
    run_.clear();
    occupied_.clear();
    unit_ = 0;
  }
  if (writers_ == 0) ::rmdir(folder_.c_str());
}

}  // namespace lazulite::blobs
