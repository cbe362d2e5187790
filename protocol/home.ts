import * as z from 'zod'
import { LocalizableMessage } from './localizableMessage.ts'
import { Instant, KeyHolder } from './names.ts'

/** Who keeps keys of its own: the editor in its secret store, the terminal in the keyring of the machine. */
export const Surface = z.enum(['editor', 'terminal'])
export type Surface = z.infer<typeof Surface>

/**
 * What became of the store in an editor's own storage. empty: it has none; moved: it is in the data folder; apart: the data folder had
 * a store of its own, so that both stay and the editor goes on with its own; left: a person chose the data folder, and it stays as it
 * is; busy: something works on it, so that it moves at a later start; failed: it could not be moved. In `apart`, `busy` and `failed`
 * the editor uses its own storage.
 */
export const EditorHome = z.object({
  /** The editor's own storage, absolute. */
  folder: z.string(),
  state: z.enum(['empty', 'moved', 'apart', 'left', 'busy', 'failed']),
  /** The data folder that it moved to, or that it stands apart from. */
  dataFolder: z.string(),
  /** When it moved, or was first found like this; null: it has no store. */
  at: Instant.nullable(),
  /** Why it could not be moved, or what works on it; null otherwise. */
  detail: z.string().nullable(),
  localizable: LocalizableMessage.optional(),
})
export type EditorHome = z.infer<typeof EditorHome>

/** The places that this machine's editors and terminals are known to keep things in. */
export const Places = z.object({
  /** Each editor that has used the data folder, as it found things at its last start. */
  editors: z.array(EditorHome.extend({ exists: z.boolean() })),
  /** Providers and gateways whose key is in a secret store, as far as it was given or asked for. Never a key or a part of one. */
  keys: z.array(z.object({ holder: KeyHolder, keptBy: z.array(Surface) })),
})
export type Places = z.infer<typeof Places>
