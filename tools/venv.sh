# Makes and reuses the virtual environment. Sourced, not run:
#
#     . tools/venv.sh ROOT run|dev
#
# leaves ROOT/.venv with what requirements/run.lock (or dev.lock, which holds all of run.lock too)
# names, and Reftel itself installed from ROOT/src. A stamp beside it says what it was made from;
# while that has not changed, nothing is done.

reftel_root=$1
reftel_want=$2
reftel_venv=$reftel_root/.venv
# What the shell that called us has set for another Python is not meant for this one.
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV

reftel_stop() {
    echo "reftel: $*" >&2
    exit 69
}

# Prints the first Python that is new enough.
reftel_find_python() {
    for candidate in python3 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

# Sees to it that "$1" can make a virtual environment with pip in it.
reftel_need_venv_module() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null && return
    package=$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "reftel: installing $package" >&2
        apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package" >&2
    fi
    "$1" -c 'import ensurepip, venv' 2>/dev/null ||
        reftel_stop "Python's venv module is missing; get it with: sudo apt-get install $package"
}

# Prints what the environment for lock "$1" is made from, in one word.
reftel_stamp() {
    { cat "$reftel_root/requirements/$1.lock" "$reftel_root/pyproject.toml"; echo "$reftel_root"; } |
        sha256sum | cut -d' ' -f1
}

# True while the environment was made from what lock "$1" and pyproject.toml say now, and its Python is there.
reftel_is_made() {
    [ "$(cat "$reftel_venv/reftel-$1.stamp" 2>/dev/null)" = "$(reftel_stamp "$1")" ] &&
        [ -x "$reftel_venv/bin/python" ]
}

reftel_make() {
    python=$(reftel_find_python) ||
        reftel_stop "Python 3.11 or newer is missing; get it with: sudo apt-get install python3 python3-venv"
    reftel_need_venv_module "$python"
    echo "reftel: making .venv from requirements/$reftel_want.lock (once; a minute or two)" >&2
    "$python" -m venv --clear "$reftel_venv" || reftel_stop "cannot make $reftel_venv"
    set -- "$reftel_venv/bin/python" -m pip --disable-pip-version-check --no-input install -qq
    "$@" --require-hashes --only-binary :all: -r "$reftel_root/requirements/$reftel_want.lock" &&
        "$@" --no-deps --no-build-isolation --no-index --editable "$reftel_root" ||
        reftel_stop "pip could not install the packages (see above); check the network and start again"
    for lock in run dev; do
        if [ "$lock" = run ] || [ "$reftel_want" = dev ]; then
            reftel_stamp "$lock" >"$reftel_venv/reftel-$lock.stamp"
        fi
    done
}

if ! reftel_is_made "$reftel_want"; then
    # One at a time: a second command started meanwhile waits, and then finds it made.
    exec 9>"$reftel_root/.venv.lock"
    flock 9
    reftel_is_made "$reftel_want" || reftel_make
    exec 9>&-
fi
