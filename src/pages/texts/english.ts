import { ERRORS } from "../../errors.ts";
import type { Texts } from "./contract.ts";

export const ENGLISH: Texts = {
  tagline: "the front door of this Gateway",
  signIn: {
    title: "Sign in",
    lead: (host) => `to ${host}`,
    name: "User name",
    password: "Password",
    submit: "Sign in",
    wrong: "The user name or the password is not right.",
    throttled: (wait) => `Too many sign-ins have failed. Try again in ${wait}; until then even the right password is not looked at.`,
    busy: "Many sign-ins are being checked at this moment. Try again in a few seconds.",
    ended: "Your session has ended. Sign in again to go on where you were.",
    signedOut: "You are signed out.",
    formExpired: "This page was opened in another browser session. Please sign in once more.",
    noCookies: "Your browser sent no cookie. Allow cookies for this site, and sign in once more.",
    help: "Forgotten your password? Whoever runs this Gateway can set a new one.",
  },
  signOut: {
    title: "Sign out?",
    lead: (name) => `You are signed in as ${name}. Signing out closes what this browser has open here.`,
    submit: "Sign out",
    stay: "Stay signed in",
  },
  account: {
    title: "Your sign-ins",
    open: "Open the Gateway",
    signOut: "Sign out",
    sessions: "Browsers",
    sessionsLead: "Signed in with your password. Whatever you don't recognise, sign out.",
    thisOne: "this browser",
    unknownBrowser: "A browser",
    agent: (browser, system) => `${browser} on ${system}`,
    used: (when, address) => `Last used ${when}, from ${address}`,
    began: (when) => `signed in ${when}`,
    end: "Sign out",
    endNamed: (what) => `Sign out ${what}`,
    passes: "Device passes",
    passesLead: "For apps and command lines. Each opens the Gateway in your name until it is revoked.",
    noPasses: "You have none. Whoever runs this Gateway can make one:",
    passUsed: (when) => `Last used ${when}`,
    passUnused: "Never used",
    passExpires: (when) => `expires ${when}`,
    passForever: "does not expire",
    revoke: "Revoke",
    revokeNamed: (what) => `Revoke ${what}`,
    everywhere: "Sign out everywhere",
    everywhereLead:
      "Ends all of your browser sessions at once, this one too. Passes stay. If somebody may know your password, have it changed.",
    ended: "That browser is signed out.",
    revoked: "That pass is revoked.",
  },
  wait: (seconds) => {
    if (seconds < 60) return seconds === 1 ? "1 second" : `${seconds} seconds`;
    const minutes = Math.ceil(seconds / 60);
    return minutes === 1 ? "1 minute" : `${minutes} minutes`;
  },
  now: "just now",
  errors: {
    whatToDo: "What to do",
    status: (status) => `Status ${status}`,
    logId: "Log id",
    titles: {
      400: "The request is not valid",
      401: "Sign-in is required",
      403: "Not allowed",
      404: "There is no such page",
      405: "Method not allowed",
      408: "The request took too long",
      413: "The request is too large",
      415: "The form is not valid",
      417: "Expectation failed",
      421: "This name is not served here",
      426: "Another WebSocket version is needed",
      429: "Too many failed sign-ins",
      431: "The request head is too large",
      500: "Something went wrong",
      502: "The Gateway is not answering",
      503: "Not available right now",
      504: "The Gateway is not answering",
      505: "HTTP version not supported",
      508: "The request went round in a circle",
    },
    titlesOf: { route_down: "Not answering", exemption_rate: "Too many requests" },
    message: (code) => ERRORS[code].message,
    advice: {
      no_such_page: "Check the address, or begin here:",
      form_foreign: "Go back, load the page again and send it once more, with cookies allowed for this site. Or begin here:",
      cross_site: "Open this site by its own address, and do it there:",
      misdirected: "Check the address. Whoever runs this edge can have it serve another name (--domain).",
      exemption_rate: "Wait a minute, then try again.",
      route_down: "Wait a moment, then load the page again. If it stays like this, look at the program that serves this path.",
      shutting_down: "Wait a moment, then load the page again.",
      internal: "Try again. If it stays like this, whoever runs this edge finds the reason in its log by the id below.",
    },
    gatewayDown: {
      title: "The Gateway is not answering",
      message:
        "The edge works and you have reached it, but the OpenClaw Gateway behind it can't be reached. It may be starting, restarting or stopped.",
      advice: "If it stays like this, look at the Gateway on its machine:",
      adviceOfReloading:
        "Wait a moment: this page loads again by itself when the Gateway is ready. If it stays like this, look at the Gateway on its machine:",
    },
    loopback: {
      title: "Open this by another address",
      message: (origin) =>
        `You came to ${origin} from the machine that the edge runs on. The Gateway refuses such clients (proxy_attribution_required): ` +
        "behind a proxy it can't tell a visitor on the same machine from a program that only pretends to be one.",
      advice:
        "Use this machine's public name or its address in your network in place of localhost, and add it with --domain if the edge does not serve it yet.",
      adviceOfAddresses: "Use an address of this machine that other machines can reach:",
    },
    throttled: {
      title: "Too many failed sign-ins",
      message:
        "Wrong passwords came from here, or for this name from elsewhere. Until the wait is over no password is looked at, and a right one is answered the same.",
      advice: (wait) => `Wait ${wait}, then load this page again. A browser in which you signed in before has tries of its own.`,
    },
    busy: {
      title: "Many people sign in just now",
      message: "More passwords are waiting to be checked than there is room for.",
      advice: (wait) => `Wait ${wait}, then load this page again.`,
    },
    certificate: {
      title: "The certificate is on its way",
      message:
        "The edge works and you have reached it. It is obtaining the certificate that it needs to serve this name by HTTPS; " +
        "until then it serves nothing else, since nothing could be said here in private.",
      advice: "If it stays like this, ask on the edge's machine what the CA says:",
      adviceOfReloading:
        "Wait a moment: this page loads again by itself. If it stays like this, ask on the edge's machine what the CA says:",
    },
  },
};
