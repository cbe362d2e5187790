import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'

/** Asks on `output` and reads one line of a keyboard; null for Ctrl-C, and for an end of input before a line was given. */
export async function askLine(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  question: string,
  hidden: boolean,
): Promise<string | null> {
  // Readline switches the keyboard's own echo off and draws what is typed itself, here into nothing.
  const drawn = hidden ? new Writable({ write: (_chunk, _encoding, done) => done() }) : output
  const lines = createInterface({ input, output: drawn, terminal: true, historySize: 0 })
  if (hidden) output.write(question)
  lines.setPrompt(question)
  lines.prompt()
  const answer = await new Promise<string | null>((resolve) => {
    lines.once('line', resolve)
    lines.once('SIGINT', () => resolve(null))
    lines.once('close', () => resolve(null))
  })
  lines.close()
  if (hidden || answer === null) output.write('\n')
  return answer
}
