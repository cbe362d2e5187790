/**
 * How lines of a log belong together. There is no one format, so the rules are few and only look at how a line begins.
 *
 * A log whose lines begin with a time, a level or an address has stamps: a record is a stamped line and all lines up to the next.
 * In a log without stamps a line belongs to the one before it when it is indented, or is part of a stack trace; a blank line ends a
 * record. Each expression is anchored and has no part that could match in two ways.
 */

const months = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)'
const levels = 'TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|SEVERE|CRITICAL|FATAL|ALERT|EMERG|PANIC'

const stamps: readonly RegExp[] = [
  // 2026-11-21T04:59:10.123Z, 2026/11/21 04:59:10, [2026-11-21 04:59:10,123]: ISO 8601, log4j, logback, Python, Go, nginx errors.
  /^[[("]?\d{4}[-/.]\d{2}[-/.]\d{2}[T _]\d{2}:\d{2}/,
  // 21.11.2026 04:59:10, 11/21/26 04:59:10
  /^\[?\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4},? \d{1,2}:\d{2}/,
  // [04-Mar-2024 09:12:01 UTC], 21/Nov/2026:04:59:10: PHP, Tomcat
  new RegExp(`^\\[?\\d{1,2}[-/ ]${months}[-/ ]\\d{4}[: ]\\d{2}:\\d{2}`),
  // E, [2026-11-21T04:59:10.123456 #812] ERROR -- : Ruby
  /^[DIWEFAU], \[\d{4}-\d{2}-/,
  // info: Microsoft.Hosting.Lifetime[14]: .NET, whose message is on the next line
  /^(?:trce|dbug|info|warn|fail|crit): [\w.`+]{1,300}\[\d{1,9}\]/,
  // 04:59:10.123 [main]
  /^\[?\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?[\] |]/,
  // Nov 21 04:59:10 host, <34>Oct 11 22:14:15: syslog, RFC 3164
  new RegExp(`^(?:<\\d{1,3}>)?${months} [ \\d]\\d \\d{2}:\\d{2}:\\d{2}`),
  // <165>1 2026-11-21T04:59:10Z: syslog, RFC 5424
  /^<\d{1,3}>\d{1,2} (?:\d{4}-|- )/,
  // 127.0.0.1 - - [21/Nov/2026:04:59:10 +0000]: access logs of nginx, Apache
  new RegExp(`^\\S{1,255} \\S{1,255} \\S{1,255} \\[\\d{2}/${months}/\\d{4}:`),
  // [Sat Nov 21 04:59:10.123456 2026]: error logs of Apache
  new RegExp(`^\\[(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${months} \\d{2} `),
  // Nov 21, 2026 4:59:10 AM: java.util.logging
  new RegExp(`^${months} \\d{1,2}, \\d{4} \\d{1,2}:\\d{2}:\\d{2}`),
  // I1121 04:59:10.123456: klog
  /^[IWEF]\d{4} \d{2}:\d{2}:\d{2}\./,
  // [12345.678901]: the kernel
  /^\[ {0,6}\d{1,9}\.\d{6}\] /,
  // 1795237150.123: seconds or milliseconds since 1970
  /^\[?1\d{9}(?:\.\d{1,9}|\d{3})?\]? /,
  // ERROR: …, [WARN] …, INFO:root:…
  new RegExp(`^\\[?(?:${levels})\\]?(?:[:|] ?|\\s)`),
  // time=2026-… level=info msg=…: logfmt
  /^(?:time|ts|timestamp|level|lvl)=\S/,
]

export function isStamped(text: string): boolean {
  const head = text.slice(0, 1100)
  return stamps.some((stamp) => stamp.test(head))
}

/** Lines that are never the first of a record. */
const continues = [
  /^\s/,
  /^(?:Caused by|Suppressed|Wrapped by): /,
  /^\.\.\. \d+ (?:more|common frames)/,
  // Java prints its frames indented, most loggers of JavaScript too; some of them lose the indent.
  /^at [\w$.<>[\] ]{1,300} ?\(/,
  /^Traceback \(most recent call last\):/,
  /^(?:During handling of the above exception|The above exception was the direct cause)/,
  /^goroutine \d+ \[/,
  // PHP
  /^#\d+ /,
  /^(?:\[stacktrace\]|\[previous exception\]|Stack trace:|PHP Stack trace:|PHP {2,3}\d+\. |Next [\w\\]+(?:Exception|Error)\b)/,
  /^"\}\s*$/,
  // .NET
  /^-{3,} ?(?:>|End of )/,
  // Ruby: a frame, and not the line with the error itself
  /^\S{1,300}\.e?rb:\d+:in [`'][^'`]{0,200}'$/,
  /^[}\])]+[;,]?$/,
]

export function continuesRecord(text: string): boolean {
  const head = text.slice(0, 400)
  return continues.some((rule) => rule.test(head))
}

const traceback = /^\s*(?:\S.{0,200}\s)?Traceback \(most recent call last\):/
const chained = /^\s*(?:During handling of the above exception|The above exception was the direct cause)/

export function beginsTraceback(text: string): boolean {
  return traceback.test(text.slice(0, 400))
}

/** Python writes a blank line before and after it. */
export function chainsTraceback(text: string): boolean {
  return chained.test(text)
}

const goTrace = /^(?:panic: |fatal error: |goroutine \d+ \[)/
const goFrame =
  /^(?:\s|goroutine \d+ \[|created by |exit status \d|\[signal |panic: |(?:[\w.-]+\/)*[\w-]+\.[\w.(*)[\]$-]{1,300}\([^()]{0,500}\)$)/

/** A panic of Go: its frames are no more indented than what begins a record. */
export function beginsGoTrace(text: string): boolean {
  return goTrace.test(text)
}

export function continuesGoTrace(text: string): boolean {
  return goFrame.test(text.slice(0, 1000))
}

const julHeader = new RegExp(`^${months} \\d{1,2}, \\d{4} \\d{1,2}:\\d{2}:\\d{2}`)
const julLevel = /^(?:SEVERE|WARNING|INFO|CONFIG|FINE|FINER|FINEST): /

/** java.util.logging writes time and class on one line, level and message on the next. */
export function completesHeader(header: string, text: string): boolean {
  return julLevel.test(text) && julHeader.test(header) && !julLevel.test(header)
}

/** Lines of the file and none of the log: the directives of W3C. */
export function isDirective(text: string): boolean {
  return /^#(?:Software|Version|Date|Fields|Start-Date|End-Date|Remark): ?/.test(text)
}

const level = new RegExp(`(?:^|[^A-Za-z])(${levels})(?=[^A-Za-z]|$)`, 'i')

export function levelOf(text: string): string | undefined {
  return level.exec(text.slice(0, 200))?.[1]?.toUpperCase()
}
