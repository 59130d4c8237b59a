# shellcheck shell=bash disable=SC2154 # variables come from, and go to, the script that sources this
# The programs of others that a run needs, from Debian's archive. Needs lib/check.sh.

# need COMMAND:PACKAGE...: installs what is missing.
need() {
    local pair missing=()
    for pair in "$@"; do
        type -P "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
    done
    ((${#missing[@]} > 0)) || return 0
    install_packages "${missing[@]}"
    for pair in "$@"; do
        type -P "${pair%%:*}" >/dev/null || not_installed "${missing[@]}"
    done
}

# A package may fail to start its service, or be told not to. Only the programs matter here, so `need` looks for
# those and this does not judge.
install_packages() {
    type -P apt-get >/dev/null || die "needs the Debian packages $*, and there is no apt-get"
    ((EUID == 0)) || die "needs the Debian packages $*: install them, or run this as root"
    printf 'installing %s\n' "$*"
    {
        apt-get -q -o DPkg::Lock::Timeout=120 update
        DEBIAN_FRONTEND=noninteractive \
            apt-get -q -y -o DPkg::Lock::Timeout=120 install --no-install-recommends "$@"
    } >"$work/apt.log" 2>&1 </dev/null || true
}

not_installed() {
    tail -n 15 "$work/apt.log" >&2
    die "apt-get could not install $*"
}
