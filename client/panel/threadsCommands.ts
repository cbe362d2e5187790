import path from 'node:path'
import { commands, env, l10n, Uri, window, workspace } from 'vscode'
import type * as z from 'zod'
import type { Result } from '../../protocol/contract.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { CitedItem, Thread, ThreadMessage, ThreadWithMessages } from '../../protocol/threads.ts'
import type { threadsCommands } from '../../protocol/threadsPage.ts'
import { describeAnswer } from '../../shared/describe/thread.ts'
import { fail } from '../../shared/fail.ts'
import { threadMarkdown } from '../../shared/threadMarkdown.ts'
import type { Api } from '../connection/api.ts'
import type { ServerLifetime } from '../connection/serverLifetime.ts'
import { describeReason, language } from '../describe/language.ts'
import { onOneLine, withoutControls } from '../describe/plainText.ts'
import type { Notifier } from '../forms/notifier.ts'
import type { Panels } from '../forms/panels.ts'
import { openAtLine } from './openAtLine.ts'

export interface ThreadsCommandParts {
  lifetime: ServerLifetime
  notifier: Pick<Notifier, 'runAction'>
  panels: Pick<Panels, 'openResults' | 'openSettings'>
}

type Table = typeof threadsCommands
type Name = keyof Table
type Args<Each extends Name> = z.output<Table[Each]['args']>
type Handlers = { [Each in Name]: (args: Args<Each>) => Promise<z.output<Table[Each]['result']>> }

/** What the page for conversations may ask of the editor, carried out; the bridge has checked the args. */
export function createThreadsCommands({ lifetime, notifier, panels }: ThreadsCommandParts) {
  /** Null: the server is not there, which the page shows by itself. */
  const withServer = async <Value>(act: (api: Api) => Promise<Value>): Promise<Value | null> => {
    const api = await lifetime.connect()
    return api ? await act(api) : null
  }
  const run = async (id: `llmProviders.${string}`): Promise<null> => {
    await commands.executeCommand(id)
    return null
  }
  const handlers: Handlers = {
    // The page may be hidden before the answer is there: nobody but "Stop" ends it.
    send: async (question) =>
      (await withServer((api) => api.request('thread/send', question))) ?? fail({ code: 'cancelled' }),
    openCitation: (cited) => withServer((api) => openCitation(api, cited, panels)),
    openAbout: ({ threadId }) => withServer((api) => openAbout(api, threadId, panels)),
    async openAddress({ address }) {
      await env.openExternal(Uri.parse(address, true))
      return null
    },
    async copy({ text }) {
      await env.clipboard.writeText(text)
      return null
    },
    exportThread: ({ threadId }) => withServer((api) => exportThread(api, threadId)),
    async actOn({ reason }) {
      await notifier.runAction(reason)
      return null
    },
    restartServer: () => run('llmProviders.restartServer'),
    showLog: () => run('llmProviders.showLog'),
  }
  return (name: Name, args: unknown): Promise<unknown> =>
    // One name, one schema, one handler: the table's type says so, and the bridge has parsed by it.
    handlers[name](args as never)
}

async function openCitation(
  api: Api,
  { threadId, messageId, id, inputHash }: Args<'openCitation'>,
  panels: ThreadsCommandParts['panels'],
): Promise<string | null> {
  const found = await findCited(api, threadId, messageId, (item) => item.id === id && item.inputHash === inputHash)
  if (!found.ok) return describeReason(found.reason)
  const { about } = found.value.thread
  if (about?.kind === 'run') {
    panels.openResults({ runId: about.runId, item: { id, inputHash } })
    return null
  }
  const { item } = found.value
  if (item?.file === undefined) return l10n.t('It is not known where this item stands.')
  return await openAtLine(item.file, item.line ?? null)
}

/** The message may stand anywhere in the conversation; most who follow a citation have just read it. */
async function findCited(
  api: Api,
  threadId: string,
  messageId: string,
  isMeant: (item: CitedItem) => boolean,
): Promise<Outcome<{ thread: Thread; item: CitedItem | undefined }>> {
  for (let cursor: string | null = null; ; ) {
    const page: Result<'thread/get'> = await api.request('thread/get', { threadId, cursor, newestFirst: true })
    if (!page.ok) return page
    const { thread, rows, next }: ThreadWithMessages = page.value
    const message: ThreadMessage | undefined = rows.find((each) => each.id === messageId)
    if (message || next === null) return succeed({ thread, item: message?.context?.cited.find(isMeant) })
    cursor = next
  }
}

async function openAbout(api: Api, threadId: string, panels: ThreadsCommandParts['panels']): Promise<string | null> {
  const read = await api.request('thread/get', { threadId, limit: 1 })
  if (!read.ok) return describeReason(read.reason)
  const { about } = read.value.thread
  if (about?.kind === 'run') panels.openResults({ runId: about.runId })
  if (about?.kind === 'kb') panels.openSettings('knowledge', about.name)
  return about?.kind === 'source' ? await openAtLine(about.path, null) : null
}

async function exportThread(api: Api, threadId: string): Promise<string | null> {
  const read = await readThread(api, threadId)
  if (!read.ok) return describeReason(read.reason)
  const { title, rows } = read.value
  const folder = workspace.workspaceFolders?.[0]?.uri.fsPath
  const name = `${
    onOneLine(title)
      .replace(/[^\p{L}\p{N} _-]+/gu, '')
      .trim()
      .slice(0, 60) || 'conversation'
  }.md`
  const target = await window.showSaveDialog({
    title: l10n.t('Export the conversation'),
    ...(folder === undefined ? {} : { defaultUri: Uri.file(path.join(folder, name)) }),
    filters: { Markdown: ['md'] },
  })
  if (!target) return null
  const text = threadMarkdown(onOneLine(title), rows, {
    clean: withoutControls,
    describe: (answer) => onOneLine(describeAnswer(language, answer).join(' · ')),
  })
  try {
    await workspace.fs.writeFile(target, Buffer.from(`${text}\n`))
  } catch (error) {
    return l10n.t('The file could not be written: {0}', error instanceof Error ? error.message : String(error))
  }
  await window.showTextDocument(target)
  return null
}

/** All of its messages, as they were written. */
async function readThread(api: Api, threadId: string): Promise<Outcome<{ title: string; rows: ThreadMessage[] }>> {
  const rows: ThreadMessage[] = []
  for (let cursor: string | null = null; ; ) {
    const page: Result<'thread/get'> = await api.request('thread/get', { threadId, cursor })
    if (!page.ok) return page
    rows.push(...page.value.rows)
    cursor = page.value.next
    if (cursor === null) return succeed({ title: page.value.thread.title, rows })
  }
}
