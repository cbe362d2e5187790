const around = 3

/** One hunk in the unified form: everything between the first and the last line that differ. Empty: they are the same. */
export function lineDiff(path: string, before: string, after: string): string {
  const old = before.split('\n')
  const now = after.split('\n')
  let head = 0
  while (head < Math.min(old.length, now.length) && old[head] === now[head]) head++
  if (head === old.length && head === now.length) return ''
  let tail = 0
  while (tail < Math.min(old.length, now.length) - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++
  const from = Math.max(0, head - around)
  const kept = Math.max(0, tail - around)
  const lines = [
    ...old.slice(from, head).map((line) => ` ${line}`),
    ...old.slice(head, old.length - tail).map((line) => `-${line}`),
    ...now.slice(head, now.length - tail).map((line) => `+${line}`),
    ...old.slice(old.length - tail, old.length - kept).map((line) => ` ${line}`),
  ].map((line) => line.replace(/\r$/, ''))
  const place = `@@ -${from + 1},${old.length - kept - from} +${from + 1},${now.length - kept - from} @@`
  return [`--- ${path}`, `+++ ${path}`, place, ...lines].join('\n')
}
