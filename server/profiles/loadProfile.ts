import { open } from 'node:fs/promises'
import path from 'node:path'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Profile, ProfileCategory } from '../../protocol/profile.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { foldName } from '../domain/categoryNames.ts'
import { fileErrorCode } from '../files/fileErrors.ts'
import { readRegularFile } from '../files/regularFile.ts'
import type { LoadedProfile } from '../runs/runOptions.ts'
import { listCategories } from '../store/categoryTable.ts'
import { readPreferences } from '../store/preferencesTable.ts'
import { isStoredProfileChosen } from '../store/profileChoiceTable.ts'
import { listPrompts } from '../store/promptTable.ts'
import type { Store } from '../store/store.ts'
import { profileFromStore } from './profileFromStore.ts'

/** Where a workspace keeps its own profile. */
export const workspaceProfile = path.join('.llm-providers', 'profile.yaml')

/** In bytes; what is within it is measured again in characters. */
const longestProfile = 4_000_000

/** Which profile is meant, as a run says it. */
export type ProfileChoice = Pick<RunRequest, 'profile' | 'workspaceFolder'>

/** The one that was asked for, else the workspace's own file, else the stored one. */
export async function loadProfile(
  store: Pick<Store, 'read'>,
  { profile, workspaceFolder }: ProfileChoice,
): Promise<Outcome<LoadedProfile>> {
  const { findPreset } = await import('./presetProfiles.ts')
  if (profile?.kind === 'preset') return loaded(findPreset(profile.name), { origin: 'preset', name: profile.name })
  if (profile?.kind === 'file') {
    return (await readProfileFile(profile.path, 'file')) ?? unreadable(profile.path, 'ENOENT')
  }
  const own =
    workspaceFolder === undefined
      ? null
      : await readProfileFile(path.join(workspaceFolder, workspaceProfile), 'workspace')
  if (own) return own
  const stored = readStoredProfile(store)
  const isChosen = await isStoredChosen(store, stored, workspaceFolder)
  return loaded(succeed(stored), {
    origin: 'stored',
    name: null,
    ...(isChosen ? {} : { unchosen: describeList(stored) }),
  })
}

async function isStoredChosen(
  store: Pick<Store, 'read'>,
  stored: Profile,
  folder: string | undefined,
): Promise<boolean> {
  if (!(await isAsItCame(stored))) return true
  const wanted = folder === undefined ? null : path.resolve(folder)
  return store.read((database) => isStoredProfileChosen(database, wanted))
}

const namesTold = 3

function describeList({ categories }: Profile): NonNullable<LoadedProfile['from']['unchosen']> {
  return { names: categories.slice(0, namesTold).map(({ name }) => name), roots: categories.length }
}

/** The lists that a store began with, in this version and in those before, with nothing said of what matters. */
const firstLists = ['general', 'news']

/** Nobody has made anything of it. */
export async function isAsItCame(profile: Profile): Promise<boolean> {
  const { interests, anti_interests, prompts, criteria, language, categories } = profile
  if (interests !== '' || anti_interests !== '' || prompts || criteria || language) return false
  const { findPreset } = await import('./presetProfiles.ts')
  return firstLists.some((name) => {
    const first = findPreset(name)
    return first.ok && outlineOf(first.value.categories) === outlineOf(categories)
  })
}

/** By what a person could have changed. */
function outlineOf(categories: readonly ProfileCategory[]): string {
  return JSON.stringify(
    categories.map(({ children = [], ...root }) =>
      [root, ...children].map(({ name, description, weight, hidden, review_below }) => [
        ...[foldName(name), description, weight, hidden, review_below],
      ]),
    ),
  )
}

export function readStoredProfile(store: Pick<Store, 'read'>): Profile {
  return store.read((database) =>
    profileFromStore(listCategories(database), readPreferences(database), listPrompts(database)),
  )
}

/** Null: there is no such file. */
async function readProfileFile(file: string, origin: 'file' | 'workspace'): Promise<Outcome<LoadedProfile> | null> {
  const { readProfile } = await import('./readProfile.ts')
  const text = await readText(file)
  if (text.ok) return loaded(readProfile(text.value, file), { origin, name: file })
  return text.code === 'ENOENT' || text.code === 'ENOTDIR' ? null : unreadable(file, text.code)
}

function loaded(profile: Outcome<Profile>, from: LoadedProfile['from']): Outcome<LoadedProfile> {
  return profile.ok ? succeed({ profile: profile.value, from }) : profile
}

async function readText(file: string): Promise<{ ok: true; value: string } | { ok: false; code: string }> {
  try {
    return { ok: true, value: (await readRegularFile({ open }, file, longestProfile)).toString() }
  } catch (error) {
    return { ok: false, code: fileErrorCode(error) }
  }
}

function unreadable(file: string, code: string): Outcome<never> {
  const sentence = describeUnreadable(code)
  return fail({ code: 'profile_invalid', file, problems: [{ path: '', ...withMessage('message', sentence) }] })
}

export function describeUnreadable(code: string): LocalizableMessage {
  switch (code) {
    case 'ENOENT':
      return localizable('there is no such file')
    case 'NOT_A_FILE':
      return localizable('it is not a regular file')
    case 'EISDIR':
      return localizable('it is a folder')
    case 'TOO_LARGE':
      return localizable('the file is too large for a profile')
    default:
      return localizable('the file cannot be read ({0})', code)
  }
}
