import type { Language } from "./language.ts";

/** What the pages for people say. Plain text: whoever renders it escapes. */
export interface Texts {
  readonly tagline: string;
  readonly signIn: {
    readonly title: string;
    /** @param host the name that was opened */
    readonly lead: (host: string) => string;
    readonly name: string;
    readonly password: string;
    readonly submit: string;
    readonly wrong: string;
    readonly throttled: (wait: string) => string;
    readonly busy: string;
    readonly ended: string;
    readonly signedOut: string;
    readonly formExpired: string;
    readonly noCookies: string;
    readonly help: string;
  };
  readonly signOut: {
    readonly title: string;
    readonly lead: (name: string) => string;
    readonly submit: string;
    readonly stay: string;
  };
  readonly account: {
    readonly title: string;
    readonly open: string;
    readonly signOut: string;
    readonly sessions: string;
    readonly sessionsLead: string;
    readonly thisOne: string;
    readonly unknownBrowser: string;
    readonly agent: (browser: string, system: string) => string;
    readonly used: (when: string, address: string) => string;
    readonly began: (when: string) => string;
    readonly end: string;
    /** For somebody who can't see which button belongs to what. */
    readonly endNamed: (what: string) => string;
    readonly passes: string;
    readonly passesLead: string;
    readonly noPasses: string;
    readonly passUsed: (when: string) => string;
    readonly passUnused: string;
    readonly passExpires: (when: string) => string;
    readonly passForever: string;
    readonly revoke: string;
    readonly revokeNamed: (what: string) => string;
    readonly everywhere: string;
    readonly everywhereLead: string;
    readonly ended: string;
    readonly revoked: string;
  };
  readonly wait: (seconds: number) => string;
  readonly now: string;
}

const EN: Texts = {
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
};

const ZH: Texts = {
  tagline: "此网关的大门",
  signIn: {
    title: "登录",
    lead: (host) => host,
    name: "用户名",
    password: "密码",
    submit: "登录",
    wrong: "用户名或密码不正确。",
    throttled: (wait) => `登录失败次数过多，请在 ${wait}后重试。在此之前，即使密码正确也不会被检查。`,
    busy: "当前正在检查的登录请求很多，请过几秒再试。",
    ended: "您的会话已结束。请重新登录，即可回到原来的页面。",
    signedOut: "您已退出登录。",
    formExpired: "此页面属于另一个浏览器会话，请再登录一次。",
    noCookies: "您的浏览器没有发送 Cookie。请允许此网站使用 Cookie，然后再登录一次。",
    help: "忘记密码？请联系此网关的管理员重新设置。",
  },
  signOut: {
    title: "要退出登录吗？",
    lead: (name) => `您当前以 ${name} 的身份登录。退出后，此浏览器在这里打开的连接都会关闭。`,
    submit: "退出登录",
    stay: "保持登录",
  },
  account: {
    title: "您的登录",
    open: "打开网关",
    signOut: "退出登录",
    sessions: "浏览器",
    sessionsLead: "使用密码登录的浏览器。如有不认识的，请将其退出。",
    thisOne: "当前浏览器",
    unknownBrowser: "未知浏览器",
    agent: (browser, system) => `${system} 上的 ${browser}`,
    used: (when, address) => `上次使用：${when}，来自 ${address}`,
    began: (when) => `登录于${when}`,
    end: "退出",
    endNamed: (what) => `退出 ${what}`,
    passes: "设备通行证",
    passesLead: "供应用和命令行使用。在被撤销之前，每个通行证都能以您的身份打开网关。",
    noPasses: "您还没有通行证。网关管理员可以这样创建：",
    passUsed: (when) => `上次使用：${when}`,
    passUnused: "从未使用",
    passExpires: (when) => `${when}到期`,
    passForever: "永不过期",
    revoke: "撤销",
    revokeNamed: (what) => `撤销 ${what}`,
    everywhere: "在所有浏览器上退出",
    everywhereLead: "立即结束您的所有浏览器会话，包括当前会话。通行证不受影响。如果怀疑密码已泄露，请让管理员更换密码。",
    ended: "该浏览器已退出。",
    revoked: "该通行证已撤销。",
  },
  wait: (seconds) => (seconds < 60 ? `${seconds} 秒` : `${Math.ceil(seconds / 60)} 分钟`),
  now: "刚刚",
};

export const textsOf = (language: Language): Texts => (language === "zh" ? ZH : EN);
