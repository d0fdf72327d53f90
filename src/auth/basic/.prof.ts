import { htpasswdSteps } from "/work/main/src/auth/basic/htpasswd.ts";
import { runInSlices } from "/work/main/src/auth/basic/slices.ts";
import { UsersFile } from "/work/main/src/auth/basic/users-file.ts";
import { readUsers } from "/work/main/src/auth/basic/read-users.ts";
import { writeFileSync } from "node:fs";
import { hashSync } from "bcryptjs";
const h = hashSync("x",4);
const mk=(s:string)=>Array.from({length:100000},(_,i)=>`user-${s}-${i}:${h}`).join("\n");
let last=performance.now(), longest=0; let label="";
setInterval(()=>{const n=performance.now(); if(n-last>15) console.log("stall",(n-last).toFixed(1),label); last=n;},1);
const noop=()=>{}; const log:any={info:noop,warn:noop,error:console.log,exchange:noop,failedSignIn:noop,flush:noop};
const a=mk("a"),b=mk("b");
writeFileSync("/tmp/u100k",a,{mode:0o600});
for(let i=0;i<4;i++){ label="read"; const t=performance.now(); await readUsers("/tmp/u100k"); console.log("readUsers",performance.now()-t);}
label="open"; let t=performance.now(); const f=await UsersFile.open("/tmp/u100k",log); console.log("open",performance.now()-t);
for(let i=0;i<5;i++){ label="write"; writeFileSync("/tmp/u100k",i%2?a:b); await new Promise(r=>setTimeout(r,3)); last=performance.now(); label="reload"; t=performance.now(); await f.reload(); console.log("reload",performance.now()-t); label="after"; await new Promise(r=>setTimeout(r,1500));}
process.exit();
