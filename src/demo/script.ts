/** The demo page's script: three small clients that talk through the edge and write down what came back. */
export const SCRIPT = `
"use strict";
function board(id) {
  const root = document.getElementById(id), log = root.querySelector(".log"), state = root.querySelector(".state");
  return {
    root,
    say(text) {
      const line = document.createElement("li");
      line.textContent = text;
      log.append(line);
      while (log.childElementCount > 100) log.firstElementChild.remove();
      log.scrollTop = log.scrollHeight;
    },
    state(text, kind) { state.textContent = text; state.className = "state " + (kind || ""); },
  };
}
const since = (start) => (performance.now() - start).toFixed(1) + " ms";

{
  const ws = board("websocket");
  const socket = new WebSocket(location.origin.replace(/^http/, "ws") + "/ws");
  socket.binaryType = "arraybuffer";
  const sent = [];
  const send = (value, name) => {
    if (socket.readyState !== WebSocket.OPEN) return ws.say("not connected: load the page again");
    sent.push([name, performance.now()]);
    socket.send(value);
  };
  ws.state("connecting");
  socket.onopen = () => {
    ws.state("open", "good");
    send("Hello through the edge", "text");
    send(new Uint8Array(1024), "binary");
    send(new Uint8Array(1048576), "binary");
  };
  socket.onmessage = (event) => {
    const [name, start] = sent.shift() || ["?", performance.now()];
    const text = typeof event.data === "string" ? "\\u201c" + event.data.slice(0, 200) + "\\u201d" : event.data.byteLength.toLocaleString("en") + " octets";
    ws.say(name + " " + text + ", back in " + since(start));
  };
  socket.onclose = (event) => { ws.state("closed", "bad"); ws.say("closed with " + event.code + (event.reason ? ": " + event.reason : "")); };
  ws.root.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    send(event.target.elements.text.value, "text");
  });
}

{
  const sse = board("events"), button = sse.root.querySelector("button");
  let source;
  const open = () => {
    sse.state("connecting");
    source = new EventSource("/events");
    source.onopen = () => sse.state("streaming", "good");
    source.onerror = () => sse.state("interrupted", "bad");
    source.addEventListener("tick", (event) => {
      const tick = JSON.parse(event.data);
      sse.say("event " + tick.count + ", " + Math.max(0, Date.now() - Date.parse(tick.time)) + " ms on the way");
    });
    button.textContent = "Pause";
  };
  button.addEventListener("click", () => {
    if (source.readyState === EventSource.CLOSED) return open();
    source.close();
    sse.state("paused");
    button.textContent = "Resume";
  });
  open();
}

{
  const http = board("echo");
  const post = async () => {
    http.state("sending");
    const start = performance.now();
    try {
      const response = await fetch("/echo?from=demo", { method: "POST", body: "x".repeat(65536), headers: { "X-Forwarded-User": "mallory" } });
      const answer = await response.json();
      const users = answer.fields.filter(([name]) => /^x[-_.]forwarded[-_.]user$/i.test(name)).map(([, value]) => value);
      http.say(response.status + " in " + since(start) + ", body of " + answer.body.octets.toLocaleString("en") + " octets arrived");
      http.say("sent X-Forwarded-User: mallory, arrived: " + (users.join(", ") || "none"));
      http.state(users.includes("mallory") ? "spoofed" : "answered", users.includes("mallory") ? "bad" : "good");
    } catch (error) {
      http.state("failed", "bad");
      http.say(String(error));
    }
  };
  http.root.querySelector("button").addEventListener("click", post);
  post();
}
`;
