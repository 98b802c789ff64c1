#include "server/cli/cli.hpp"

#include "config/settings.hpp"
#include "encoder/isolation/child_process.hpp"
#include "encoder/isolation/worker.hpp"
#include "schema/base/log.hpp"
#include "server/cli/account_changes.hpp"
#include "server/cli/account_commands.hpp"
#include "server/cli/backup_commands.hpp"
#include "server/cli/import_command.hpp"
#include "server/cli/notification_commands.hpp"
#include "server/cli/serve_command.hpp"
#include "server/cli/tls_commands.hpp"
#include "server/cli/version.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

namespace lazulite::cli {
namespace {

// What every command that needs the settings may be given.
struct CommonOptions {
  std::string config, data, ready_file;
  std::vector<std::string> settings;  // "network.control=127.0.0.1:0"
};

void add_common_options(CLI::App& command, CommonOptions& options) {
  command.add_option("--config", options.config, "Settings file (TOML)")->envname("LAZULITE_CONFIG")->type_name("FILE");
  command.add_option("--data", options.data, "Data folder (setting data)")->type_name("DIR");
  command.add_option("--set", options.settings, "Any setting, as network.control=127.0.0.1:8080; may be repeated")
      ->type_name("KEY=VALUE")
      ->take_all();
}

Result<Settings> settings_of(const CommonOptions& options) {
  SettingsSources sources;
  if (!options.config.empty()) sources.file = options.config;
  sources.environment = process_environment();
  for (const auto& each : options.settings) {
    const auto equals = each.find('=');
    if (equals == std::string::npos)
      return fail(ErrorCode::kInvalidArgument, "--set {} is not of the form KEY=VALUE", each);
    sources.overrides[each.substr(0, equals)] = each.substr(equals + 1);
  }
  if (!options.data.empty()) sources.overrides["data"] = options.data;
  if (!options.ready_file.empty()) sources.overrides["ready_file"] = options.ready_file;
  return load_settings(sources);
}

// The commands and where CLI11 puts their arguments.
struct CommandLine {
  CLI::App parser{"Lazulite: a self-hosted stand-in for Azure Media Services v2", "lazulite"};
  CommonOptions common;
  AccountOptions account;
  std::string backup_folder;
  ImportArguments import;
  NotificationArguments notification;
  AccountChange change;
  std::function<Result<void>(std::ostream&)> command;
  CLI::App* accounts = nullptr;

  CommandLine() {
    parser.require_subcommand(1);
    auto* serve_app = parser.add_subcommand("serve", "Run the server until SIGINT or SIGTERM");
    add_common_options(*serve_app, common);
    serve_app->add_option("--ready-file", common.ready_file, "Write the addresses here once all listeners are open")
        ->type_name("FILE");
    runs(serve_app, serve);

    auto* version = parser.add_subcommand("version", "Print the version");
    version->callback([this] {
      command = [](std::ostream& out) -> Result<void> {
        out << "lazulite " << cli::version() << '\n';
        return {};
      };
    });
    // What the server starts where encodes are isolated; it takes its task from a socket.
    auto* worker = parser.add_subcommand("encode-worker", "")->group("");
    worker->callback([this] {
      command = [](std::ostream&) {
        return encoder::run_worker(files::FileDescriptor{encoder::ChildProcess::kSocket},
                                   &encoder::make_registered_processor);
      };
    });
    add_account_commands();
    add_account_changes();
    add_backup_commands();
    add_notification_commands();
    auto* tls = parser.add_subcommand("tls", "Certificates of the TLS listener; works while the server runs");
    tls->require_subcommand(1);
    auto* export_ca =
        tls->add_subcommand("export-ca", "Print the certificate of the authority that clients must trust");
    add_common_options(*export_ca, common);
    runs(export_ca, export_authority);
  }

 private:
  void add_account_commands() {
    accounts = parser.add_subcommand("account", "Media accounts; works while the server runs");
    accounts->require_subcommand(1);
    auto* create =
        account_command(accounts, "create", "Create an account, its storage account and its keys", create_account);
    create->add_option("NAME", account.name, "3 to 24 lower-case letters and digits")->required();
    create->add_option("--storage", account.storage,
                       "Name of its storage account; by default NAME with 'storage' after it");
    account_command(accounts, "list", "List the accounts", list_accounts);
    account_command(accounts, "show", "Show an account without its keys", show_account)
        ->add_option("NAME", account.name)
        ->required();
    account_command(accounts, "keys", "Print an account's keys: keep them secret", show_account_keys)
        ->add_option("NAME", account.name)
        ->required();
  }

  void add_account_changes() {
    using Command = Result<void> (*)(const Settings&, const AccountChange&, std::ostream&);
    const auto add = [&](CLI::App* parent, const char* name, const char* text, Command function) {
      auto* app = parent->add_subcommand(name, text);
      add_common_options(*app, common);
      app->add_flag("--json", change.json, "Print JSON");
      runs(app,
           [this, function](const Settings& settings, std::ostream& out) { return function(settings, change, out); });
      return app;
    };
    auto* remove = add(accounts, "delete", "Delete an account with all its rows; blobs stay", delete_account);
    remove->add_option("NAME", change.account)->required();
    remove->add_flag("--yes", change.yes, "It is meant");
    auto* renew = add(accounts, "regenerate-key", "Make a new key of an account", regenerate_account_key);
    renew->add_option("NAME", change.account)->required();
    renew->add_option("KEY", change.key, "primary or secondary")->required();
    auto* storage = parser.add_subcommand("storage", "Storage accounts of media accounts; works while the server runs");
    storage->require_subcommand(1);
    const auto list = add(storage, "list", "List them with what they hold", list_storage);
    const auto attach = add(storage, "attach", "Give an account one more storage account", attach_storage);
    const auto key = add(storage, "regenerate-key", "Make a new key of a storage account", regenerate_storage_key);
    for (auto* app : {list, attach, key}) app->add_option("ACCOUNT", change.account)->required();
    for (auto* app : {attach, key}) app->add_option("NAME", change.storage)->required();
    key->add_option("KEY", change.key, "primary or secondary")->required();
    add(&parser, "management", "Print how the administrator calls the management APIs: keep it secret",
        show_management);
  }

  void add_backup_commands() {
    using Command = Result<void> (*)(const Settings&, const std::string&, std::ostream&);
    const auto add = [this](const char* name, const char* text, Command function) {
      auto* app = parser.add_subcommand(name, text);
      add_common_options(*app, common);
      app->add_option("FOLDER", backup_folder, "The backup's folder")->required();
      runs(app, [this, function](const Settings& settings, std::ostream& out) {
        return function(settings, backup_folder, out);
      });
    };
    add("backup", "Copy the whole installation into a new folder; works while the server runs", back_up);
    add("restore", "Make the data folder from a backup", restore);
    auto* import_app =
        parser.add_subcommand("import", "Make assets of exported containers: folders named asset-<guid>");
    add_common_options(*import_app, common);
    import_app->add_option("FOLDER", import.folder, "Where these folders are")->required();
    import_app->add_option("--account", import.account, "Media account; by default the one of the settings");
    import_app->add_flag("--dry-run", import.dry_run, "Only say what would be done");
    runs(import_app,
         [this](const Settings& settings, std::ostream& out) { return import_folder(settings, import, out); });
  }

  void add_notification_commands() {
    auto* parent = parser.add_subcommand("notification",
                                         "Dead letters: notifications that nobody took; works while the server runs");
    parent->require_subcommand(1);
    using Command = Result<void> (*)(const Settings&, const NotificationArguments&, std::ostream&);
    const auto add = [&](const char* name, const char* text, Command function) {
      auto* app = parent->add_subcommand(name, text);
      add_common_options(*app, common);
      runs(app, [this, function](const Settings& settings, std::ostream& out) {
        return function(settings, notification, out);
      });
      return app;
    };
    add("list", "List them with the reason", list_dead_letters)->add_flag("--json", notification.json, "Print JSON");
    for (auto* app : {add("retry", "Try to deliver one of them, or all, again", retry_dead_letters),
                      add("discard", "Forget one of them, or all", discard_dead_letters)}) {
      app->add_option("ID", notification.id, "As list shows it");
      app->add_flag("--all", notification.all, "All of them");
    }
  }

  using AccountCommand = Result<void> (*)(const Settings&, const AccountOptions&, std::ostream&);
  CLI::App* account_command(CLI::App* parent, const char* name, const char* text, AccountCommand function) {
    auto* app = parent->add_subcommand(name, text);
    add_common_options(*app, common);
    app->add_flag("--json", account.json, "Print JSON");
    runs(app,
         [this, function](const Settings& settings, std::ostream& out) { return function(settings, account, out); });
    return app;
  }

  void runs(CLI::App* app, std::function<Result<void>(const Settings&, std::ostream&)> function) {
    app->callback([this, function = std::move(function)] {
      command = [this, function](std::ostream& out) -> Result<void> {
        LAZULITE_TRY(const auto settings, settings_of(common));
        set_log_level(settings.log.level);
        return function(settings, out);
      };
    });
  }
};

}  // namespace

int run(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  CommandLine line;
  try {
    line.parser.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return line.parser.exit(error, out, err) == 0 ? EXIT_SUCCESS : 2;  // 0: --help
  }
  const auto done = line.command(out);
  if (done) return EXIT_SUCCESS;
  err << "lazulite: " << done.error().message << '\n';
  return EXIT_FAILURE;
}

}  // namespace lazulite::cli
