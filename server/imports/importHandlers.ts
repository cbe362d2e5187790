import { dirname } from 'node:path'
import type { ParsedParams } from '../../protocol/contract.ts'
import type { ImportEntry, ImportResult } from '../../protocol/imports.ts'
import { assertNever } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { withMessage } from '../../shared/message.ts'
import type { Directory } from '../directory/directory.ts'
import { confineWrite } from '../files/confineWrite.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { describeThrownFileError } from '../files/fileTrouble.ts'
import { writeNew } from '../profiles/chooseProfile.ts'
import type { CallContext, Handlers } from '../rpc/dispatch.ts'
import { listAliases } from '../store/aliasTable.ts'
import { listModelsOf } from '../store/modelTable.ts'
import type { Store } from '../store/store.ts'
import { type FileTexts, type PlannedImport, planImport } from './planImport.ts'

export interface ImportParts {
  files: RunFiles
  store: Pick<Store, 'read'>
  directory: Pick<Directory, 'views'>
  variables: Readonly<Record<string, string | undefined>>
  /** What makes the things, with all its checks. */
  save: Pick<Handlers, 'provider/save' | 'model/save' | 'alias/save'>
}

type ImportRequest = 'import/plan' | 'import/apply'

export function importHandlers(parts: ImportParts): Pick<Handlers, ImportRequest> {
  return {
    async 'import/plan'(request) {
      const planned = await plan(parts, request)
      return planned.ok ? succeed(planned.value.plan) : planned
    },
    'import/apply': (request, context) => apply(parts, request, context),
  }
}

type Asked = Pick<ParsedParams<'import/plan'>, 'sources' | 'workspaceFolder'>

function plan({ files, store, directory, variables }: ImportParts, asked: Asked): Promise<Outcome<PlannedImport>> {
  return planImport(
    {
      ...{ files, variables, workspaceFolder: asked.workspaceFolder },
      views: directory.views(),
      aliases: store.read(listAliases),
      hasModel: (provider, model) =>
        store.read((database) => listModelsOf(database, provider).some((row) => row.model === model)),
    },
    asked.sources,
  )
}

/** Each entry for itself: what fails is told, and the others stay made. */
async function apply(
  parts: ImportParts,
  { ids, digest, ...asked }: ParsedParams<'import/apply'>,
  context: CallContext,
): Promise<Outcome<ImportResult>> {
  const planned = await plan(parts, asked)
  if (!planned.ok) return planned
  const { plan: now, texts } = planned.value
  if (now.digest !== digest) return fail({ code: 'conflict', what: 'import', id: asked.sources.map(nameOf).join(', ') })
  const wanted = new Set(ids)
  const chosen = now.entries.filter((entry) => wanted.has(entry.id))
  const needed = new Set(chosen.flatMap((entry) => ('provider' in entry ? [`provider:${entry.provider}`] : [])))
  const result: ImportResult = { made: [], failed: [] }
  for (const entry of now.entries) {
    if (entry.state === 'exists' || !(wanted.has(entry.id) || needed.has(entry.id))) continue
    const made = await make(parts, entry, { ...asked, texts, context })
    if (made.ok) result.made.push(entry)
    else result.failed.push({ entry, reason: made.reason })
  }
  return succeed(result)
}

function nameOf(source: Asked['sources'][number]): string {
  return source.kind === 'file' ? source.path : source.kind
}

async function make(
  { save, files }: ImportParts,
  entry: ImportEntry,
  { texts, workspaceFolder, context }: Asked & { texts: FileTexts; context: CallContext },
): Promise<Outcome<unknown>> {
  switch (entry.what) {
    case 'provider': {
      const { provider, kind, config } = entry
      return await save['provider/save']({ provider, kind, config, create: true }, context)
    }
    case 'model': {
      const { provider, model, type, parameters } = entry
      return await save['model/save']({ provider, model, type, parameters, create: true }, context)
    }
    case 'alias':
      return await save['alias/save']({ alias: entry.alias, provider: entry.provider, model: entry.model }, context)
    case 'profile': {
      const paths = [entry.path, ...(entry.cases ? [entry.cases.path] : [])]
      for (const path of paths) {
        const written = await writeIn(files, workspaceFolder ?? '', path, texts.get(path) ?? '')
        if (!written.ok) return written
      }
      return succeed(null)
    }
    default:
      return assertNever(entry)
  }
}

/** Never over a file that is there, and never out of the folder. */
async function writeIn(files: RunFiles, folder: string, path: string, text: string): Promise<Outcome<null>> {
  try {
    await confineWrite(files, folder, path)
    await files.makeFolder(dirname(path))
    await writeNew(files, await confineWrite(files, folder, path), text)
    return succeed(null)
  } catch (error) {
    return fail({ code: 'output_invalid', path, ...withMessage('detail', describeThrownFileError(error)) })
  }
}
