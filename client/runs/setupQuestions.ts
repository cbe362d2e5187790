import { randomUUID } from 'node:crypto'
import { type Memento, Uri, window, workspace } from 'vscode'
import * as z from 'zod'
import { Task, tasks } from '../../protocol/names.ts'
import { SourceSpec } from '../../protocol/sources.ts'
import type { Api } from '../connection/api.ts'
import type { ServerLifetime } from '../connection/serverLifetime.ts'
import type { Notifier } from '../forms/notifier.ts'
import type { Panels } from '../forms/panels.ts'
import { trustedFolder } from './chooseFolder.ts'
import type { ChosenSource } from './chooseSource.ts'

/** What somebody is asked on the page "What are these?": about a source that is to be judged, or about no source in particular. */
export interface SetupQuestion {
  id: string
  tasks: Task[]
  /** Null: only what things are judged by is changed. */
  chosen: ChosenSource | null
  /** The page has kept an answer already, so that a second one replaces its own. */
  isKept: boolean
}

const Stored = z.object({
  id: z.string(),
  tasks: z.array(Task),
  chosen: z.object({ source: SourceSpec, textOnly: z.boolean(), near: z.string().nullable() }).nullable(),
  isKept: z.boolean(),
})

const storedName = 'llmProviders.setup'

/** The last question outlives a reload of the window, as its page does. The page itself never gets to name a file. */
export class SetupQuestions {
  readonly #memory: Memento
  #last: SetupQuestion | null

  constructor(memory: Memento) {
    this.#memory = memory
    const stored = Stored.safeParse(memory.get(storedName)).data
    this.#last = stored ? { ...stored, chosen: stored.chosen && revive(stored.chosen) } : null
  }

  ask(tasks: readonly Task[], chosen: ChosenSource | null): SetupQuestion {
    return this.#store({ id: randomUUID(), tasks: [...tasks], chosen, isKept: false })
  }

  /** Null: another one was asked since. */
  find(id: string): SetupQuestion | null {
    return this.#last?.id === id ? this.#last : null
  }

  kept(question: SetupQuestion): void {
    this.#store({ ...question, isKept: true })
  }

  #store(question: SetupQuestion): SetupQuestion {
    this.#last = question
    const { chosen } = question
    const stored = { ...question, chosen: chosen && { ...chosen, near: chosen.near?.toString() ?? null } }
    void this.#memory.update(storedName, stored)
    return question
  }
}

function revive({ near, ...chosen }: NonNullable<z.infer<typeof Stored>['chosen']>): ChosenSource {
  return { ...chosen, near: near === null ? null : Uri.parse(near, true) }
}

/** Whether nobody ever chose by what the source is judged. What is wrong with the profile is reported when the run starts. */
export async function lacksProfile(api: Api, { near }: ChosenSource): Promise<boolean> {
  const folder = trustedFolder(near)
  const read = await api.request('profile/read', folder === null ? {} : { workspaceFolder: folder })
  return read.ok && !read.value.isChosen
}

/** Files of many items, and texts that are one. */
const dataFile =
  /\.(jsonl|ndjson|csv|tsv|tab|json|log|sarif|ipynb|xml|rss|atom|rdf|opml|xlsx|parquet|db|sqlite3?|md|txt)$/i

interface ChangeParts {
  panels: Pick<Panels, 'openSetup'>
  questions: Pick<SetupQuestions, 'ask'>
  lifetime: Pick<ServerLifetime, 'connect'>
  notifier: Pick<Notifier, 'showFailure'>
}

/**
 * Opens the page that says by what things are judged: of the run, by its id, of the file that was clicked, or of that in front; of none
 * where that is no data.
 */
export async function changeCategories(of: Uri | string | undefined, parts: ChangeParts): Promise<void> {
  const { panels, questions } = parts
  if (typeof of === 'string') return await changeCategoriesOfRun(of, parts)
  const uri = of ?? window.activeTextEditor?.document.uri
  const isData = uri !== undefined && uri.scheme === 'file' && dataFile.test(uri.path)
  const source = isData ? { kind: 'paths' as const, paths: [uri.fsPath] } : null
  panels.openSetup(questions.ask(tasks, source && { source, textOnly: false, near: uri ?? null }))
}

/** Where the server is not there, that is said in the status bar and by the page that asks. */
async function changeCategoriesOfRun(
  runId: string,
  { panels, questions, lifetime, notifier }: ChangeParts,
): Promise<void> {
  const api = await lifetime.connect()
  const run = await api?.request('run/request', { runId })
  if (!run) return
  if (!run.ok) return notifier.showFailure(run.reason)
  const { source, output, workspaceFolder } = run.value
  const place = source.kind === 'paths' ? source.paths[0] : workspaceFolder
  const near = place === undefined ? null : Uri.file(place)
  panels.openSetup(questions.ask(run.value.tasks, { source, textOnly: output.none, near }))
}

/** The trusted folder that an answer is for, as a path: that of the source, or without one the first of the window; null: none. */
export function folderOf({ chosen }: SetupQuestion): string | null {
  return trustedFolder(chosen ? chosen.near : (workspace.workspaceFolders?.[0]?.uri ?? null))
}
