import { randomUUID } from 'node:crypto'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { stringify } from 'yaml'
import type { ParsedParams, Result } from '../../protocol/contract.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { defaultLimits, type Profile } from '../../protocol/profile.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { confineWrite } from '../files/confineWrite.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { fileErrorCode, ignoreFileErrors } from '../files/fileErrors.ts'
import { describeThrownFileError } from '../files/fileTrouble.ts'
import { RefusedFile } from '../files/regularFile.ts'
import { recordAudit } from '../store/auditTable.ts'
import { listCategories, saveCategory } from '../store/categoryTable.ts'
import type { StoredData } from '../store/change.ts'
import type { Database } from '../store/database.ts'
import { readPreferences, savePreferences } from '../store/preferencesTable.ts'
import { saveProfileChoice } from '../store/profileChoiceTable.ts'
import { savePrompt } from '../store/promptTable.ts'
import { isAsItCame, readStoredProfile, workspaceProfile } from './loadProfile.ts'
import { readProfile } from './readProfile.ts'
import { findStoredProblems } from './storedProblems.ts'

type Choice = ParsedParams<'profile/choose'>
type Chosen = Result<'profile/choose'>

/** Keeps a profile as the one that counts in a folder. Nothing that is there already is replaced unless `overwrite` says so. */
export async function chooseProfile(data: StoredData, files: RunFiles, choice: Choice): Promise<Chosen> {
  const { profile } = choice
  if (profile) {
    // What could not be read again is not written either.
    const readable = readProfile(writeProfile(profile), 'chosen')
    if (!readable.ok) return readable
  }
  const { workspaceFolder } = choice
  return choice.keep === 'stored' || workspaceFolder === undefined
    ? await keepStored(data, files, choice)
    : await keepInFolder(data, files, { ...choice, workspaceFolder })
}

async function keepInFolder(
  { store }: StoredData,
  files: RunFiles,
  choice: Choice & { workspaceFolder: string },
): Promise<Chosen> {
  const { workspaceFolder, overwrite = false } = choice
  const named = join(workspaceFolder, workspaceProfile)
  const text = writeProfile(choice.profile ?? readStoredProfile(store))
  try {
    // A link stays one, but never leads out. Looked at before anything is made, and again when its folder is there.
    await confineWrite(files, workspaceFolder, named)
    await files.makeFolder(dirname(named))
    const path = await confineWrite(files, workspaceFolder, named)
    if (extname(path) !== extname(named)) throw new RefusedFile('OTHER_FILE', named, path)
    const isThere = await files.lstat(path).then(() => true, isMissing)
    if (isThere && !overwrite) return alreadyThere(named)
    await (isThere ? replaceFile(files, path, text) : writeNew(files, path, text))
    return succeed({ from: { origin: 'workspace', name: named }, wasOverwritten: isThere })
  } catch (error) {
    if (fileErrorCode(error) === 'EEXIST') return alreadyThere(named)
    return fail({ code: 'output_invalid', path: named, ...withMessage('detail', describeThrownFileError(error)) })
  }
}

function isMissing(error: unknown): false {
  ignoreFileErrors(error)
  return false
}

function alreadyThere(id: string): Outcome<never> {
  return fail({ code: 'already_exists', what: 'profile', id })
}

/** All of it or nothing; fails where somebody else was faster. */
export async function writeNew(files: RunFiles, path: string, text: string): Promise<void> {
  const file = await files.open(path, 'wx')
  try {
    await file.writeFile(text)
    await file.sync()
  } catch (error) {
    await files.unlink(path).catch(ignoreFileErrors)
    throw error
  } finally {
    await file.close()
  }
}

export async function replaceFile(files: RunFiles, path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.new.${randomUUID()}`)
  await writeNew(files, temporary, text)
  try {
    await files.rename(temporary, path)
  } catch (error) {
    await files.unlink(temporary).catch(ignoreFileErrors)
    throw error
  }
}

async function keepStored(data: StoredData, files: RunFiles, choice: Choice): Promise<Chosen> {
  const { profile, workspaceFolder, overwrite = false } = choice
  const own = workspaceFolder === undefined ? null : join(workspaceFolder, workspaceProfile)
  if (own !== null && (await files.lstat(own).then(() => true, isMissing))) {
    const sentence = localizable('this file takes precedence in its folder over the stored profile')
    return fail({ code: 'output_invalid', path: own, ...withMessage('detail', sentence) })
  }
  const isOwn = !(await isAsItCame(readStoredProfile(data.store)))
  if (profile && isOwn && !overwrite) return alreadyThere('stored')
  return await data.change(['categories', 'preferences', 'prompts', 'audit'], (database) => {
    if (profile) {
      const replaced = replaceStored(database, profile, data.now())
      if (!replaced.ok) return replaced
    }
    saveProfileChoice(database, workspaceFolder === undefined ? null : resolve(workspaceFolder), data.now())
    return succeed({ from: { origin: 'stored', name: null }, wasOverwritten: profile !== undefined && isOwn })
  })
}

/** Suggestions go with the list that they were made for; what else the profile does not say stays as it is. */
function replaceStored(database: Database, profile: Profile, at: string): Outcome<null> {
  const before = { categories: namesOf(database), preferences: readPreferences(database) }
  database.run('UPDATE categories SET parent = NULL')
  database.run('DELETE FROM categories')
  for (const { children = [], ...root } of profile.categories) {
    const saved = saveCategory(database, root, at)
    if (!saved.ok) return saved
    for (const child of children) {
      const below = saveCategory(database, { ...child, parent: saved.value.slug }, at)
      if (!below.ok) return below
    }
  }
  const { interests, anti_interests, limits, examples, category_choice, language, gate, prompts = {} } = profile
  // What a scoring asks is part of any profile: one that says nothing of it asks for interest and quality.
  const { criteria = null, score = null } = profile
  const kept = { interests, anti_interests, limits, examples, category_choice, language, gate, criteria, score }
  savePreferences(database, kept, at)
  for (const task of ['categorization', 'scoring'] as const)
    for (const part of ['system', 'user'] as const) {
      const text = prompts[task]?.[part]
      if (text !== undefined) savePrompt(database, { task, part, text, updatedAt: at })
    }
  const invalid = findStoredProblems(database)
  if (invalid) return invalid
  const after = { categories: namesOf(database), preferences: readPreferences(database) }
  recordAudit(database, { at, what: 'category', target: '', action: 'replace all', before, after })
  return succeed(null)
}

function namesOf(database: Database): string[] {
  return listCategories(database).map(({ name }) => name)
}

/** For editors that read schemas by address; ours brings its own. */
const schemaAddress = 'https://raw.githubusercontent.com/llm-providers/llm-providers/main/schemas/profile.schema.json'

const heading = `# yaml-language-server: $schema=${schemaAddress}
# What items of this folder are sorted into, and what matters. Edit it as you like: it is read anew for every run.
# Weights: block 0, reduce 0.5, normal 1, boost 1.5, max 2.
`

/** The profile as a file has it, without what is as it would be anyway. */
export function writeProfile({
  name,
  categories,
  category_choice,
  interests,
  anti_interests,
  limits,
  ...rest
}: Profile): string {
  const hasOwnLimits = Object.entries(limits).some(([key, value]) => value !== Reflect.get(defaultLimits, key))
  const file = {
    ...(name === undefined ? {} : { name }),
    ...(interests === '' ? {} : { interests }),
    ...(anti_interests === '' ? {} : { anti_interests }),
    ...(hasOwnLimits ? { limits } : {}),
    ...rest,
    categories: category_choice ? { ...category_choice, list: categories } : categories,
  }
  return heading + stringify(file, { lineWidth: 120 })
}
