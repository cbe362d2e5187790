import { basename, dirname, extname, join } from 'node:path'
import type { ImportEntry, ImportForm } from '../../protocol/imports.ts'
import { isRecord } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { writeProfile } from '../profiles/chooseProfile.ts'
import { readProfile } from '../profiles/readProfile.ts'
import { type FoundProfile, readCodebook, readPack } from './questionForms.ts'
import { type ConfigFile, readConfigFile, readText } from './readConfigFile.ts'
import { type LeftOut, slugOf } from './services.ts'

/** A profile that would be written; `entry` null: there is no folder for it. */
export interface PlannedProfile {
  entry: ImportEntry | null
  /** What its files would hold, by their paths. */
  texts: ReadonlyMap<string, string>
  left: readonly LeftOut[]
}

interface ProfileContext {
  files: RunFiles
  workspaceFolder: string | undefined
}

/** Questions of another tool as a profile of the folder, with its golden cases beside it. */
export async function planProfile(
  { files, workspaceFolder }: ProfileContext,
  file: ConfigFile,
  { form, isTaken }: { form: ImportForm; isTaken(path: string): boolean },
): Promise<Outcome<PlannedProfile>> {
  const found = await readQuestions(files, file, form)
  if (!found.ok) return found
  const { name, profile, cases, left } = found.value
  if (workspaceFolder === undefined) {
    const sentence = localizable('a profile is written into a folder, and none is open')
    return succeed({ entry: null, texts: new Map(), left: [{ path: [], name, sentence }] })
  }
  const text = writeProfile(profile)
  const checked = readProfile(text, file.source)
  if (!checked.ok) return checked
  const { path, state, slug } = await freeFile(files, workspaceFolder, {
    name: slugOf(name) || 'questions',
    text,
    isTaken,
  })
  const casesPath = join(workspaceFolder, '.llm-providers', `${slug}.cases.jsonl`)
  const texts = new Map([[path, text]])
  if (cases.length > 0) texts.set(casesPath, cases.map((each) => `${JSON.stringify(each)}\n`).join(''))
  const entry: ImportEntry = {
    ...{ what: 'profile', id: `profile:${slug}`, source: file.source, line: 1, state, name: slug, path },
    categories: profile.categories.length,
    criteria: profile.criteria?.length ?? 0,
    floors: profile.categories.filter((each) => each.review_below !== undefined).length,
    hasGate: profile.gate !== undefined,
    cases: cases.length > 0 ? { path: casesPath, count: cases.length } : null,
  }
  return succeed({ entry, texts, left })
}

/** Gates and cases of a pack stand beside it, where there are any. */
async function readQuestions(
  files: RunFiles,
  { source, value }: ConfigFile,
  form: ImportForm,
): Promise<Outcome<FoundProfile>> {
  const said = value as Record<string, unknown>
  if (form === 'codebook') return succeed(readCodebook(said, basename(source, extname(source))))
  if (said.spec !== 0) {
    const sentence = localizable('spec {0} of question packs is not known, only 0', String(said.spec).slice(0, 20))
    return fail({
      ...{ code: 'source_invalid', source, problem: 'unsupported', line: 1 },
      ...withMessage('detail', sentence),
    })
  }
  const gates = await readConfigFile(files, join(dirname(source), 'gates.yaml'))
  if (!gates.ok && !isMissing(gates)) return gates
  const cases = await readCases(files, join(dirname(source), 'cases.jsonl'))
  if (!cases.ok) return cases
  return succeed(readPack(said, { gates: gates.ok ? gates.value.value : null, cases: cases.value }))
}

async function readCases(files: RunFiles, path: string): Promise<Outcome<unknown[]>> {
  const text = await readText(files, path)
  if (!text.ok) return isMissing(text) ? succeed([]) : text
  const cases: unknown[] = []
  for (const [index, line] of text.value.split('\n').entries()) {
    if (line.trim() === '') continue
    try {
      cases.push(JSON.parse(line))
    } catch {
      return fail({
        ...{ code: 'source_invalid', source: path, problem: 'malformed', line: index + 1 },
        ...withMessage('detail', localizable('it is not JSON')),
      })
    }
  }
  return succeed(cases.filter(isRecord))
}

const mostNames = 100

/** A file of that name with the same text is there already; one with another text keeps its name. */
async function freeFile(
  files: RunFiles,
  folder: string,
  { name, text, isTaken }: { name: string; text: string; isTaken(path: string): boolean },
) {
  for (let number = 1; ; number++) {
    const slug = number === 1 ? name : `${name}-${number}`
    const path = join(folder, '.llm-providers', `${slug}.yaml`)
    if (isTaken(path) || slug === 'profile' || slug === 'policy') continue
    const there = await readText(files, path)
    if (there.ok && there.value === text) return { path, slug, state: 'exists' as const }
    // What cannot be read at all is told by the write that fails there.
    if (!there.ok && (isMissing(there) || number > mostNames)) return { path, slug, state: 'new' as const }
  }
}

function isMissing(outcome: Outcome<unknown>): boolean {
  return !outcome.ok && outcome.reason.code === 'source_invalid' && outcome.reason.problem === 'missing'
}
