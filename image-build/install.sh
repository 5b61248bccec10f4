#!/bin/bash
# Make a box of a running Raspberry Pi OS or Debian, from a checkout of this repository.
#
#   sudo image-build/install.sh             on the box itself
#   sudo image-build/install.sh --satellite on a Pi that only holds stations of another box
#   image-build/install.sh --root FOLDER    into a Debian tree (an image, a test)
#
# Can be run again at any time: it brings the machine to the same state and keeps what was configured.
# BOITE_WHEELS=FOLDER installs the Python packages from that folder, without any network.
set -euo pipefail

readonly PACKAGES=(python3-venv libportaudio2 ca-certificates)
readonly PI_PACKAGES=(python3-picamera2 python3-lgpio)
# What sets the papers of the box like print (docs/papiers.md); a satellite writes none.
readonly PAPER_PACKAGES=(libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)
readonly DISK_NEEDED_MB=1200

checkout=$(cd "$(dirname "$0")/.." && pwd)
root=
satellite=

main() {
    read_arguments "$@"
    check_machine
    install_packages
    make_accounts
    install_program
    install_units
    write_configuration
    keep_memory_off_the_disk
    settle_name
    start
    next_step
}

read_arguments() {
    while [ $# -gt 0 ]; do
        case $1 in
        --root)
            [ -d "${2:-}" ] || fail "--root demande un dossier qui contient un Debian."
            root=$(cd "$2" && pwd)
            shift 2
            ;;
        --satellite)
            satellite=yes
            shift
            ;;
        -h | --help)
            sed -n '2,10s/^# \{0,1\}//p' "$0"
            exit 0
            ;;
        *) fail "Réglage inconnu : $1. Essayez --help." ;;
        esac
    done
}

say() { printf '• %s\n' "$*"; }

fail() {
    printf 'Installation arrêtée : %s\n' "$*" >&2
    exit 1
}

# Run a command in the machine being installed.
inside() {
    if [ -n "$root" ]; then
        chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"
    else
        "$@"
    fi
}

check_machine() {
    [ "$(id -u)" -eq 0 ] || fail "il faut les droits d’administration. Tapez : sudo $0"
    local os="$root/etc/os-release" id like version
    [ -r "$os" ] || fail "$root/ ne contient pas de système Debian."
    id=$(field ID "$os")
    like=$(field ID_LIKE "$os")
    version=$(field VERSION_ID "$os")
    case " $id $like " in
    *" debian "* | *" raspbian "*) ;;
    *) fail "ce système est « $id ». Il faut Raspberry Pi OS ou Debian." ;;
    esac
    [ "${version%%.*}" -ge 12 ] 2>/dev/null || fail "Debian ${version:-inconnu} ne convient pas. Il faut Debian 12 (bookworm) ou plus récent."
    inside sh -c 'command -v systemctl python3 >/dev/null' ||
        fail "systemd ou python3 manque. Installez un Raspberry Pi OS complet."
    local free
    free=$(df --output=avail -m "${root:-/}" | tail -1)
    [ "$free" -ge "$DISK_NEEDED_MB" ] || [ -x "$root/opt/boite/venv/bin/boite" ] ||
        fail "il reste $free Mo sur la carte ; il en faut $DISK_NEEDED_MB."
}

field() { sed -nE "s/^$1=\"?([^\"]*)\"?\$/\1/p" "$2"; }

is_installed() {
    # shellcheck disable=SC2016  # dpkg's own variable
    inside dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed
}

install_packages() {
    local needed=("${PACKAGES[@]}" "${PI_PACKAGES[@]}") wanted=() missing=() package
    [ -n "$satellite" ] || needed+=("${PAPER_PACKAGES[@]}")
    for package in "${needed[@]}"; do
        is_installed "$package" || wanted+=("$package")
    done
    [ ${#wanted[@]} -gt 0 ] || return 0
    inside apt-get -q -o DPkg::Lock::Timeout=120 update >/dev/null 2>&1 ||
        say "La liste des paquets n’a pas pu être mise à jour : on continue avec celle qui est là."
    local available=()
    for package in "${wanted[@]}"; do
        if inside apt-cache show "$package" >/dev/null 2>&1; then
            available+=("$package")
        else
            missing+=("$package")
        fi
    done
    if [ ${#available[@]} -gt 0 ]; then
        say "Paquets : ${available[*]}"
        inside env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 \
            install --no-install-recommends "${available[@]}" >/dev/null ||
            fail "les paquets n’ont pas pu être installés. Vérifiez le réseau, puis relancez."
    fi
    for package in "${missing[@]}"; do
        case " ${PI_PACKAGES[*]} " in
        *" $package "*) ;;
        *) fail "le paquet $package est introuvable. Vérifiez le réseau, puis relancez." ;;
        esac
    done
    [ ${#missing[@]} -eq 0 ] ||
        say "Ce système n’a pas ${missing[*]} : les boutons ou les caméras d’un Raspberry Pi n’y marchent pas."
}

make_accounts() {
    place 0644 systemd/boite.sysusers.conf usr/lib/sysusers.d/boite.conf
    place 0644 systemd/boite.tmpfiles.conf usr/lib/tmpfiles.d/boite.conf
    inside systemd-sysusers boite.conf
    # With --root it needs no /proc in the tree, as it would inside.
    systemd-tmpfiles ${root:+--root="$root"} --create boite.conf
}

# Copy a file of the checkout, only when it differs: a second run touches nothing.
place() {
    local mode=$1 from="$checkout/$2" to="$root/$3"
    cmp -s "$from" "$to" || install -D -m "$mode" "$from" "$to"
}

install_program() {
    local venv=/opt/boite/venv stamp="$root/opt/boite/installed" state
    state=$(program_state)
    if [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$state" ] && [ -x "$root$venv/bin/boite" ]; then
        say "Programme : déjà à jour."
        return
    fi
    say "Programme : installation dans $venv (quelques minutes sur un Raspberry Pi)."
    # --system-site-packages: picamera2, libcamera and lgpio come from the system's own packages.
    inside python3 -m venv --system-site-packages "$venv"
    local source
    source=$(mktemp -d -p "$root/tmp")
    # shellcheck disable=SC2064  # the name is wanted as it is now
    trap "rm -rf '$source'" EXIT
    cp -a "$checkout"/{appliance,web,pyproject.toml,README.md} "$source/"
    local options=(--quiet --disable-pip-version-check --no-cache-dir)
    if [ -n "${BOITE_WHEELS:-}" ]; then
        mkdir "$source/wheels"
        cp "$BOITE_WHEELS"/*.whl "$source/wheels/"
        options+=(--no-index --find-links "${source#"$root"}/wheels")
    fi
    local on_a_pi=false extra=
    ! is_installed python3-picamera2 || on_a_pi=true
    # lgpio from PyPI, where the system has no package of it.
    if $on_a_pi && ! is_installed python3-lgpio; then extra='[pi]'; fi
    inside "$venv/bin/pip" install "${options[@]}" --upgrade "${source#"$root"}$extra" ||
        fail "les bibliothèques n’ont pas pu être installées. Vérifiez le réseau, puis relancez."
    # The same version number may hold other code: a checkout is not a release.
    inside "$venv/bin/pip" install "${options[@]}" --no-deps --force-reinstall "${source#"$root"}"
    # Its compiled parts are the system's and follow the system's numpy: a mismatch shows only here.
    if $on_a_pi && ! inside "$venv/bin/python" -c 'import picamera2' 2>/dev/null; then
        say "Attention : la caméra ne se charge pas (picamera2). Prévenez l’ERUN ; le reste fonctionne."
    fi
    inside "$venv/bin/python" -m compileall -q "$venv/lib" >/dev/null || true
    mkdir -p "$root/usr/local/bin"
    ln -sfn "$venv/bin/boite" "$root/usr/local/bin/boite"
    rm -rf "$source"
    trap - EXIT
    echo "$state" >"$stamp"
}

# What the program is made of: its files, and the Python that runs them.
program_state() {
    local python
    python=$(inside python3 -c 'import sys; print(sys.version.split()[0])')
    (
        cd "$checkout"
        find appliance web pyproject.toml -type f ! -name '*.pyc' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
        echo "$python"
    ) | sha256sum | cut -d' ' -f1
}

install_units() {
    local file
    if [ -n "$satellite" ]; then
        place 0644 systemd/boite-station@.service etc/systemd/system/boite-station@.service
        place 0644 systemd/boite-satellite.conf etc/systemd/system/boite-station@.service.d/satellite.conf
    fi
    for file in "$checkout"/systemd/*.{service,socket,timer}; do
        [ -z "$satellite" ] || break
        place 0644 "systemd/${file##*/}" "etc/systemd/system/${file##*/}"
    done
    place 0644 systemd/90-boite.rules etc/udev/rules.d/90-boite.rules
    place 0644 systemd/journald-boite.conf etc/systemd/journald.conf.d/boite.conf
    for file in installation.md configuration.md satellites.md sauvegarde.md; do
        place 0644 "docs/$file" "usr/share/doc/boite/$file"
    done
}

write_configuration() {
    [ -e "$root/etc/boite/boite.toml" ] || place 0644 image-build/boite.toml etc/boite/boite.toml
}

# The first names of a class are in memory while it is open: they must not reach the card (law.md, hygiene).
keep_memory_off_the_disk() {
    if [ -e "$root/etc/dphys-swapfile" ]; then
        inside systemctl -q disable dphys-swapfile.service
        [ -n "$root" ] || systemctl -q stop dphys-swapfile.service
        rm -f "$root/var/swap"
        say "Mémoire d’échange sur la carte : arrêtée."
    fi
    if [ -d "$root/etc/rpi/swap.conf.d" ] || [ -e "$root/etc/rpi/swap.conf" ]; then
        place 0644 image-build/rpi-swap.conf etc/rpi/swap.conf.d/90-boite.conf
    fi
    if grep -qE '^[^#]\S*\s+\S+\s+swap\s' "$root/etc/fstab" 2>/dev/null; then
        say "Attention : /etc/fstab ouvre une mémoire d’échange. Retirez cette ligne, puis redémarrez."
    fi
}

# The box announces its own name; avahi must not hold the same one for the machine (docs/installation.md).
settle_name() {
    [ -e "$root/usr/sbin/avahi-daemon" ] || return 0
    local name host
    name=$(sed -nE 's/^host *= *"([^"]+)".*/\1/p' "$root/etc/boite/boite.toml")
    host=$(cat "$root/etc/hostname" 2>/dev/null || true)
    if [ "${name:-boite}" = "$host" ]; then
        inside systemctl -q disable avahi-daemon.service avahi-daemon.socket
        [ -n "$root" ] || systemctl -q stop avahi-daemon.socket avahi-daemon.service
        say "avahi portait aussi le nom $host.local : il est arrêté, la boîte s’annonce elle-même."
    fi
}

units() {
    [ -n "$satellite" ] ||
        printf '%s\n' boite-hub.socket boite-hub-http.socket boite-hub-{station,printer,sync}.socket \
            boite-hub.service boite-printer.service boite-retention.service fstrim.timer \
            boite-sync.timer boite-sync-night.timer boite-retention.timer boite-backup.timer \
            boite-backup-ent.timer
    inside /opt/boite/venv/bin/python - "$satellite" <<'PYTHON'
import sys
from pathlib import Path

from appliance.config import load_config

for station in load_config(Path("/etc/boite/boite.toml")).stations:
    if station.satellite == bool(sys.argv[1]):
        print(f"boite-station@{station.id}.service")
PYTHON
}

start() {
    local wanted
    mapfile -t wanted < <(units)
    inside systemctl -q enable "${wanted[@]}"
    [ -z "$root" ] || return 0
    [ -d /run/systemd/system ] || fail "systemd ne tourne pas ici : redémarrez la machine pour démarrer la boîte."
    systemctl daemon-reload
    systemctl try-reload-or-restart systemd-journald.service
    if systemctl -q is-active systemd-udevd.service; then
        udevadm control --reload
        udevadm trigger --subsystem-match=usbmisc --subsystem-match=gpio --subsystem-match=dma_heap
    fi
    systemctl restart "${wanted[@]}" 2>/dev/null ||
        say "Une partie n’a pas démarré : « sudo boite doctor » dit laquelle, et quoi faire."
}

next_step() {
    if [ -n "$root" ]; then
        say "La boîte est installée dans $root. Elle démarrera avec cette machine."
        return
    fi
    if [ -n "$satellite" ]; then
        say "La station est installée. Pour la relier à sa boîte : /usr/share/doc/boite/satellites.md"
        return
    fi
    local name
    name=$(sed -nE 's/^host *= *"([^"]+)".*/\1/p' /etc/boite/boite.toml)
    cat <<TEXT

La boîte est installée.
  1. Vérifiez le matériel :        sudo boite doctor
  2. Ouvrez dans un navigateur :   https://${name:-boite}.local
     La boîte vous donnera la phrase de sept mots de la classe. Notez-la : elle n’est montrée qu’une fois.
  Réglages : /etc/boite/boite.toml — explications : /usr/share/doc/boite/configuration.md
TEXT
}

main "$@"
