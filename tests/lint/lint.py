#!/usr/bin/env python3
"""House rules that no compiler checks. `lint.py ROOT` prints one line per breach and fails when there is one.

A rule is a function from a tree (path -> text) to breaches; self_test.py shows each of them fire. To add a rule: write the function,
decorate it, and add a bad and a good sample to self_test.py.
"""
import re
import subprocess
import sys
from pathlib import Path

RULES = {}
CODE = (".cpp", ".hpp")


def rule(function):
    RULES[function.__name__] = function
    return function


def code_files(tree, *folders):
    for path, text in tree.items():
        if path.endswith(CODE) and (not folders or path.startswith(folders)):
            yield path, text


def includes(text):
    """(line number, included name) of every include, whether in quotes or in angle brackets."""
    for match in re.finditer(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', text, re.M):
        yield text.count("\n", 0, match.start()) + 1, match.group(1)


def without_comments_and_texts(text):
    """The code with comments, string and character literals blanked; line numbers stay."""
    pattern = r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\''
    return re.sub(pattern, lambda m: '""' + "\n" * m.group(0).count("\n"), text, flags=re.S)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


# ---- who may include whom ----------------------------------------------------------------------------------------------------------
LAYERS = {
    "schema": ["schema"],
    "config": ["schema", "config"],
    "storage": ["schema", "config", "storage"],
    "encoder": ["schema", "config", "storage", "encoder"],
    "packager": ["schema", "config", "storage", "packager"],
    "server": ["schema", "config", "storage", "encoder", "packager", "server"],
}
SCHEMA_LAYERS = {
    "base": ["base"],
    "model": ["base", "model"],
    "entities": ["base", "model", "entities"],
    "odata": ["base", "model", "entities", "odata"],
    "manifests": ["base", "manifests"],
}


@rule
def layers(tree):
    for path, text in code_files(tree):
        parts = path.split("/")
        allowed = LAYERS.get(parts[0])
        if allowed is None:
            continue
        for line, name in includes(text):
            target = name.split("/")
            if target[0] in LAYERS and target[0] not in allowed:
                yield path, line, f"{parts[0]} may not include {target[0]} ({name})"
            if parts[0] == target[0] == "schema" and len(parts) > 2 and target[1] not in SCHEMA_LAYERS[parts[1]]:
                yield path, line, f"schema/{parts[1]} may not include schema/{target[1]} ({name})"
            if target[0] == "tests":
                yield path, line, f"{parts[0]} may not include tests ({name})"


# ---- third-party types stay home ---------------------------------------------------------------------------------------------------
HOMES = [
    ("FFmpeg", r"lib(av|sw)[a-z]+/", r"encoder/ffmpeg/"),
    ("Beast", r"boost/beast", r"server/http/"),
    ("SOCI", r"soci/|storage/rows/session\.hpp", r"storage/rows/"),
    ("SQLite", r"sqlite3\.h", r"storage/rows/"),
    ("OpenSSL", r"openssl/", r"schema/base/((crypto|certificate|cipher|counter_cipher)\.cpp|x509\.[ch]pp)|packager/protection/|server/http/(tls|certificate_authority)\.cpp"),
    ("zlib", r"zlib\.h", r"schema/base/gzip\.cpp"),
    ("libcurl", r"curl/", r"server/(notify|keys)/"),
    ("CLI11", r"CLI/", r"server/cli/cli\.cpp"),
    ("toml++", r"toml\+\+/", r"config/settings\.cpp"),
    ("pugixml", r"pugixml", r"schema/(odata|manifests)/|encoder/(presets|jobs|processors)/|packager/|server/(blob|queue|api|keys|manage)/"),
    ("prometheus-cpp", r"prometheus/", r"server/metrics\.[ch]pp"),
]


@rule
def homes(tree):
    for path, text in code_files(tree, *[layer + "/" for layer in LAYERS]):
        for line, name in includes(text):
            for library, header, home in HOMES:
                if re.match(header, name) and not re.match(home, path):
                    yield path, line, f"{library} ({name}) may only be included in {home}"


# ---- GCC 12 destroys these temporaries twice inside a co_await expression ------------------------------------------------------------
CAPTURING_LAMBDA = re.compile(r"(?:^|[^\w\])\s])\s*\[\s*[&=\w][^\]\[]*\]\s*(?:\([^()]*\)\s*)?(?:mutable\s*)?(?:->\s*[\w:<>]+\s*)?\{", re.S)
BRACED_TEMPORARY = re.compile(r"(?:[\w>]|[(,])\s*\{")


def awaited_expressions(code):
    """(offset, text) of each operand of co_await, up to the end of its full expression."""
    for match in re.finditer(r"\bco_await\b", code):
        depth = 0
        for end in range(match.end(), len(code)):
            if code[end] in "([{":
                depth += 1
            elif code[end] in ")]}":
                depth -= 1
            if depth < 0 or (depth == 0 and code[end] == ";"):
                yield match.start(), code[match.end():end]
                break


@rule
def co_await_temporaries(tree):
    for path, text in code_files(tree):
        code = without_comments_and_texts(text)
        for offset, expression in awaited_expressions(code):
            if CAPTURING_LAMBDA.search(expression):
                yield path, line_of(code, offset), "a capturing lambda inside a co_await expression: name it first, then move it in"
            elif BRACED_TEMPORARY.search(expression):
                yield path, line_of(code, offset), "a braced temporary inside a co_await expression: name it first, then move it in"


# ---- small rules -----------------------------------------------------------------------------------------------------------------
@rule
def file_length(tree):
    for path, text in tree.items():
        if path.endswith(CODE + (".py", ".sh", ".ts", ".tsx")) and text.count("\n") > 500:
            yield path, 501, f"{text.count(chr(10))} lines; 500 is the limit"


@rule
def left_for_later(tree):
    word = re.compile(r"\b(TO" + "DO|FIX" + r"ME|X" + r"XX)\b")
    for path, text in tree.items():
        for match in word.finditer(text):
            yield path, line_of(text, match.start()), f"{match.group(0)}: do it or open an issue"


@rule
def readmes(tree):
    for path, text in tree.items():
        if path.endswith("/README.md") and text.count("\n") > 40:
            yield path, 41, "a folder's README.md has at most 40 lines"
    folders = {path.rsplit("/", 1)[0] for path in tree if path.endswith(CODE + (".py", ".sh", ".ts")) and "/" in path}
    needing = {f for f in folders if not f.startswith("tests/")} | {f.split("/")[0] for f in folders}
    for folder in sorted(needing):
        if f"{folder}/README.md" not in tree:
            yield folder, 1, "has no README.md"


@rule
def detached_coroutines(tree):
    for path, text in code_files(tree):
        code = without_comments_and_texts(text)
        for match in re.finditer(r"\bdetached\b", code):
            yield path, line_of(code, match.start()), "asio::detached loses errors and outlives its owner: spawn through a TaskGroup"


@rule
def swallowed_exceptions(tree):
    for path, text in code_files(tree):
        code = without_comments_and_texts(text)
        for match in re.finditer(r"catch\s*\(\s*\.\.\.\s*\)\s*\{[\s\"]*\}", code):
            yield path, line_of(code, match.start()), "an exception is swallowed"


@rule
def machine_paths(tree):
    pattern = re.compile(r"(?<![\w.}>*)-])/(work|home|root|tmp|Users)/")
    for path, text in tree.items():
        for match in pattern.finditer(text):
            yield path, line_of(text, match.start()), f"a path of one machine: {match.group(0)}"


@rule
def pragma_once(tree):
    for path, text in code_files(tree):
        if path.endswith(".hpp") and "#pragma once" not in text:
            yield path, 1, "has no #pragma once"
        if path.endswith(".hpp") and not path.startswith("tests/") and not text.startswith("//"):
            yield path, 1, "does not open with what it is"


def read_tree(root):
    """All tracked and new text files of a checkout."""
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-co", "--exclude-standard", "-z"], capture_output=True, check=True)
    tree = {}
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = Path(root) / name
        if not path.is_file() or "/golden/" in name or name == "LICENSE":
            continue
        try:
            tree[name] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return tree


def breaches(tree):
    for name, check in RULES.items():
        for path, line, text in check(tree):
            yield f"{path}:{line}: {text} [{name}]"


def main():
    found = list(breaches(read_tree(sys.argv[1])))
    print("\n".join(found) or "lint: no breaches")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
