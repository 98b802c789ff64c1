#!/usr/bin/env python3
"""Shows that every rule of lint.py fires on a bad sample and stays silent on a good one."""
import sys

import lint

TEMPORARY = "/" + "tmp/x"

# rule: ([trees that breach it], [trees that do not])
SAMPLES = {
    "layers": (
        [{"schema/base/a.hpp": '#include "storage/rows/database.hpp"\n'},
         {"encoder/jobs/a.cpp": '#include "packager/plan.hpp"\n'},
         {"packager/a.cpp": '#include "encoder/a.hpp"\n'},
         {"schema/base/a.cpp": '#include "schema/model/edm.hpp"\n'},
         {"schema/manifests/a.cpp": '#include "schema/entities/asset.hpp"\n'},
         {"storage/a.cpp": '  #  include "tests/support/result.hpp"\n'}],
        [{"server/a.cpp": '#include "encoder/a.hpp"\n#include "packager/a.hpp"\n'},
         {"schema/odata/a.cpp": '#include "schema/entities/asset.hpp"\n'},
         {"tests/unit/a.cpp": '#include "server/a.hpp"\n'}]),
    "homes": (
        [{"encoder/jobs/a.cpp": "#include <libavformat/avformat.h>\n"},
         {"server/api/a.hpp": "#include <boost/beast/http.hpp>\n"},
         {"server/api/a.cpp": "#include <soci/soci.h>\n"},
         {"server/api/b.cpp": '#include "storage/rows/session.hpp"\n'},
         {"schema/base/a.cpp": "#include <openssl/evp.h>\n"},
         {"server/api/c.cpp": "#include <curl/curl.h>\n"},
         {"server/app.cpp": "#include <CLI/CLI.hpp>\n"},
         {"storage/rows/a.cpp": "#include <pugixml.hpp>\n"},
         {"encoder/a.cpp": "#include <toml++/toml.h>\n"},
         {"encoder/b.cpp": "#include <prometheus/counter.h>\n"},
         {"server/stream/a.cpp": "#include <zlib.h>\n"},
         {"storage/a.cpp": "#include <sqlite3.h>\n"}],
        [{"encoder/ffmpeg/a.cpp": "#include <libswscale/swscale.h>\n"},
         {"server/http/a.cpp": "#include <boost/beast/http.hpp>\n"},
         {"schema/base/crypto.cpp": "#include <openssl/evp.h>\n"},
         {"server/cli/cli.cpp": "#include <CLI/CLI.hpp>\n"}]),
    "co_await_temporaries": (
        [{"server/a.cpp": "co_await run_on(pool, [id] { return load(id); });\n"},
         {"server/a.cpp": "auto x = co_await run_on(pool, [&](int n) mutable -> int { return n; });\n"},
         {"server/a.cpp": "co_await repository.list({.type = &kAsset, .filter = text});\n"},
         {"server/a.cpp": "auto x = co_await list(\n    ListQuery{.type = &kAsset});\n"},
         {"server/a.cpp": "LAZULITE_CO_TRY(auto x, co_await list(pool, Query{a}));\n"}],
        [{"server/a.cpp": "auto work = [id] { return load(id); };\nco_await run_on(pool, std::move(work));\n"},
         {"server/a.cpp": "if (co_await ready(a[1])) { go(); }\nQuery query{1};\n"},
         {"server/a.cpp": "// co_await list({1});\n"},
         {"server/a.cpp": "co_await send(Message(a, b[i]), \"{\");\n"}]),
    "file_length": ([{"server/a.cpp": "\n" * 501}], [{"server/a.cpp": "\n" * 500, "golden.xml": "\n" * 900}]),
    "left_for_later": (
        [{"server/a.cpp": "// TO" + "DO: more\n"}, {"dev": "# FIX" + "ME\n"}, {"a.md": "X" + "XX\n"}],
        [{"server/a.cpp": "// todo lists are fine; so is XX" + "XX\n"}]),
    "readmes": (
        [{"server/api/a.cpp": "", "server/README.md": ""},
         {"server/README.md": "\n" * 41},
         {"tests/unit/a.cpp": ""}],
        [{"server/api/a.cpp": "", "server/README.md": "\n" * 40, "server/api/README.md": "", "README.md": "\n" * 90},
         {"tests/unit/server/a.cpp": "", "tests/README.md": ""}]),
    "detached_coroutines": (
        [{"server/a.cpp": "asio::co_spawn(io, run(), asio::detached);\n"}],
        [{"server/a.cpp": "// never asio::detached\nasio::co_spawn(io, run(), done);\n"}]),
    "swallowed_exceptions": (
        [{"server/a.cpp": "try { f(); } catch (...) {}\n"}, {"server/a.cpp": "catch (...) {\n  // nothing\n}\n"}],
        [{"server/a.cpp": "catch (...) { error = std::current_exception(); }\n"}]),
    "machine_paths": (
        [{"dev": f"cat {TEMPORARY}\n"}, {"server/a.cpp": f'open("{TEMPORARY}");\n'}],
        [{"server/a.cpp": "// data/tmp/ and $HOME/work/ are relative\n"}]),
    "pragma_once": (
        [{"server/a.hpp": "// A thing.\nstruct A;\n"}, {"server/a.hpp": "#pragma once\n"}],
        [{"server/a.hpp": "// A thing.\n#pragma once\n"}]),
}


def main():
    wrong = [f"{name}: no sample" for name in lint.RULES if name not in SAMPLES]
    for name, (bad, good) in SAMPLES.items():
        check = lint.RULES[name]
        wrong += [f"{name} is silent on {tree}"[:200] for tree in bad if not list(check(tree))]
        wrong += [f"{name} fires on {tree}: {list(check(tree))}"[:300] for tree in good if list(check(tree))]
    print("\n".join(wrong) or f"lint self-test: {len(SAMPLES)} rules fire where they should")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
