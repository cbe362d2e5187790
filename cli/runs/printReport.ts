import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Outcome } from '../../protocol/outcome.ts'
import type { Client } from '../invocation/client.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { neutralise } from '../terminal/plainText.ts'

/** A report on stdout: the server writes it into a file as it would beside the source, and the file is passed on. */
export async function printReport(
  { terminal, dataFolder }: Invocation,
  client: Client,
  runId: string,
  format: 'sarif' | 'markdown',
): Promise<Outcome<unknown>> {
  const folder = await mkdtemp(path.join(dataFolder, 'report-'))
  try {
    const file = path.join(folder, 'report')
    const written = await client.request('run/export', { runId, path: file, format })
    if (!written.ok) return written
    for await (const piece of createReadStream(file, 'utf8')) {
      if (!terminal.stdout.isOpen) break
      await terminal.stdout.write(terminal.stdout.isTerminal ? neutralise(String(piece)) : String(piece))
    }
    return written
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
