// The ten steps of the workflow over public HTTP, for integration tests: what a person does with curl.
#pragma once

#include "tests/support/server_process.hpp"

#include <boost/json.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace lazulite::test {

// "http://host:port/path?query" → host part and target.
struct Url {
  std::string base, target;
};
Url parse_url(const std::string& url);

class ApiClient {
 public:
  // Takes the account's key from `lazulite account keys` and a token from the ACS endpoint.
  explicit ApiClient(const ServerProcess& server, const std::string& account = "lazulite");

  // Any call; `path` is relative to /api/ ("Assets?$top=1"). Adds the token and asks for light JSON.
  HttpAnswer call(const std::string& method, const std::string& path, const std::string& body = {},
                  HttpFields headers = {});
  // As call(); fails the test unless the status is as wanted; returns the parsed body (null for none).
  boost::json::value json(const std::string& method, const std::string& path, const std::string& body, unsigned wanted);

  std::string create_asset(const std::string& name);
  // A SAS locator's path ("http://…/asset-…?sv=…") with that permission (1 read, 2 write, 4 delete, 8 list).
  std::string create_sas(const std::string& asset_id, int permissions, int minutes = 60);
  // In blocks through the SAS URL, then Put Block List.
  void upload(const std::string& sas, const std::string& name, std::string_view bytes,
              std::size_t block_bytes = 4 << 20);
  void create_file_infos(const std::string& asset_id);
  std::string find_processor(const std::string& name);
  std::string create_job(const std::string& asset_id, const std::string& processor_id, const std::string& preset);
  boost::json::object job(const std::string& job_id);
  // Waits until the job is Finished, in Error or Canceled; returns its state.
  int wait_for_job(const std::string& job_id, std::chrono::seconds limit = std::chrono::seconds{180});
  std::vector<std::string> output_assets(const std::string& job_id);
  boost::json::array files(const std::string& asset_id);
  // OnDemandOrigin; "http://host:port/<guid>/".
  std::string publish(const std::string& asset_id);
  // The URL of the asset's .ism without "/Manifest".
  std::string streaming_url(const std::string& asset_id);

  [[nodiscard]] const std::string& token() const { return token_; }

 private:
  HttpClient client_;
  std::string token_;
};

}  // namespace lazulite::test
