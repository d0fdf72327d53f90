import type { Authority } from "../../certificates/authority.ts";

export interface TrustSteps {
  readonly title: string;
  /** Prose, and commands on lines that begin with two spaces. */
  readonly steps: (authority: Authority) => string;
  readonly undo: (authority: Authority) => string;
}

const copyFirst = "Copy the file to it, and compare the fingerprint there.";

/** What makes each system trust the CA, and what ends it. */
export const SYSTEMS = {
  debian: {
    title: "Debian, Ubuntu",
    steps: ({ path, label }) =>
      `On this machine: sudo openclaw-edge trust --install. On another one:\n  sudo cp ${path} /usr/local/share/ca-certificates/${label}.crt\n  sudo update-ca-certificates`,
    undo: ({ label }) => `  sudo rm /usr/local/share/ca-certificates/${label}.crt\n  sudo update-ca-certificates --fresh`,
  },
  fedora: {
    title: "Fedora, RHEL, openSUSE, Arch",
    steps: ({ path }) => `  sudo trust anchor --store ${path}`,
    undo: ({ path }) => `  sudo trust anchor --remove ${path}`,
  },
  macos: {
    title: "macOS",
    steps: ({ path }) => `  sudo security add-trusted-cert -d -r trustRoot \\\n    -k /Library/Keychains/System.keychain ${path}`,
    undo: ({ path }) => `  sudo security remove-trusted-cert -d ${path}`,
  },
  windows: {
    title: "Windows (as administrator)",
    steps: () => `${copyFirst}\n  certutil -addstore -f Root ca.pem`,
    undo: ({ name }) => `  certutil -delstore Root "${name}"`,
  },
  firefox: {
    title: "Firefox",
    steps: () =>
      "On Windows and macOS it takes the system's CAs by itself. Elsewhere: Settings, Privacy & Security, View Certificates, Authorities, Import; choose the file and tick that it may identify websites.",
    undo: () => "Settings, Privacy & Security, View Certificates, Authorities: select it, then Delete or Distrust.",
  },
  chromium: {
    title: "Chromium and Chrome on Linux (libnss3-tools)",
    steps: ({ path, label }) => `  certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n ${label} \\\n    -i ${path}`,
    undo: ({ label }) => `  certutil -d sql:$HOME/.pki/nssdb -D -n ${label}`,
  },
  ios: {
    title: "iPhone, iPad",
    steps: () =>
      "Send yourself the file (AirDrop, or a mail) and open it. Settings, General, VPN & Device Management: install the profile. Then Settings, General, About, Certificate Trust Settings: switch it on. Without that last step nothing changes.",
    undo: () => "Settings, General, VPN & Device Management: remove the profile.",
  },
  android: {
    title: "Android",
    steps: () =>
      "Copy the file to it. Settings, Security, More, Encryption & credentials, Install a certificate, CA certificate (the words differ by maker). Chrome takes it; other apps may not.",
    undo: () => "Settings, Security, More, Encryption & credentials, User credentials: remove it.",
  },
  node: {
    title: "Node programs: OpenClaw's command line, nodes",
    steps: ({ path }) => `  export NODE_EXTRA_CA_CERTS=${path}`,
    undo: () => "  unset NODE_EXTRA_CA_CERTS",
  },
} as const satisfies Record<string, TrustSteps>;

export type SystemName = keyof typeof SYSTEMS;
