import { expect, test } from "vitest";

import { readCidr } from "../../src/config/cidr.ts";

test.each([
  ["10.0.0.0/8", "10.0.0.0/8"],
  ["192.0.2.7", "192.0.2.7/32"],
  ["2001:DB8::/32", "2001:db8::/32"],
  ["2001:db8::1", "2001:db8::1/128"],
  ["172.16.0.0/12", "172.16.0.0/12"],
  ["::ffff:192.0.2.1", "192.0.2.1/32"],
])("%s is taken as %s", (text, value) => {
  expect(readCidr(text)).toEqual({ value });
});

test.each([
  ["10.0.0.1/8", "Write 10.0.0.0/8 for the network, or 10.0.0.1 for the address."],
  ["2001:db8::1/32", "Write 2001:db8::/32 for the network, or 2001:db8::1 for the address."],
  ["192.0.2.129/25", "Write 192.0.2.128/25 for the network, or 192.0.2.129 for the address."],
  ["0.0.0.0/0", "Name the proxies' own addresses; the widest network taken is /8."],
  ["::/0", "Name the proxies' own addresses; the widest network taken is /16."],
  ["10.0.0.0/33", "Write a number from 8 to 32 behind the slash."],
  ["10.0.0.0/", "Write a number from 8 to 32 behind the slash."],
  ["10.0.0.0/08", "Write a number from 8 to 32 behind the slash."],
  ["10.0.0.0/8/8", "Write an address, or a network such as 10.0.0.0/8 or 2001:db8::/32."],
  ["proxy.lan", "Write an address, or a network such as 10.0.0.0/8 or 2001:db8::/32."],
  ["", "Write an address, or a network such as 10.0.0.0/8 or 2001:db8::/32."],
])("%s is refused, with the mend", (text, mend) => {
  expect(readCidr(text)).toMatchObject({ mend });
});
