import type { KnowledgeSource } from '../../protocol/knowledgeBases.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import type { ThreadAbout } from '../../protocol/threads.ts'
import type { Directory } from '../directory/directory.ts'
import { capOf, type PolicyFacts } from '../domain/workspacePolicy.ts'
import type { PolicyQuestion, WorkspacePolicies } from '../profiles/workspacePolicies.ts'
import { findKnowledgeBase } from '../store/knowledgeBaseTable.ts'
import { findRun } from '../store/runTable.ts'
import type { Store } from '../store/store.ts'

export interface FolderRulesParts {
  store: Pick<Store, 'read'>
  directory: Pick<Directory, 'denialOf'>
  policies: Pick<WorkspacePolicies, 'of'>
}

/** Refuses a model that the rules of a folder of these texts forbid. Null: they do not. */
export async function refuseByRules(
  { directory, policies }: Pick<FolderRulesParts, 'directory' | 'policies'>,
  target: Parameters<Directory['denialOf']>[0],
  ...questions: readonly PolicyQuestion[]
): Promise<Outcome<never> | null> {
  for (const question of questions) {
    const reason = directory.denialOf(target, await policies.of(question))
    if (reason) return { ok: false, reason }
  }
  return null
}

/** The texts of a run. One that is gone is of no folder that is known. */
export function textsOfRun(store: Pick<Store, 'read'>, runId: string): PolicyQuestion {
  const { workspaceFolder, source } = store.read((database) => findRun(database, runId))?.request ?? {}
  return { workspaceFolder, source }
}

/** The texts of a knowledge base. */
export function textsOfSources(store: Pick<Store, 'read'>, sources: readonly KnowledgeSource[]): PolicyQuestion[] {
  return sources.map((source) =>
    source.kind === 'run' ? textsOfRun(store, source.runId) : { source: { kind: 'paths', paths: [source.path] } },
  )
}

/** The texts that a conversation is about. None: it is about nothing in particular. */
export function textsAbout(store: Pick<Store, 'read'>, about: ThreadAbout | null): PolicyQuestion[] {
  if (about === null) return []
  if (about.kind === 'run') return [textsOfRun(store, about.runId)]
  if (about.kind === 'source') return textsOfSources(store, [{ kind: 'path', path: about.path }])
  return textsOfSources(store, store.read((database) => findKnowledgeBase(database, about.name))?.sources ?? [])
}

/** What a run may cost where the folder's rules say so, too; a lower cap of a person stays. */
export type CappedRequest = RunRequest & { dailyCapUsd?: number | undefined }

export function withCaps(request: RunRequest, policies: readonly PolicyFacts[]): CappedRequest {
  const maxCostUsd = capOf(policies, 'usd_per_run', request.maxCostUsd)
  const dailyCapUsd = capOf(policies, 'usd_per_day', undefined)
  return { ...request, maxCostUsd, dailyCapUsd }
}
