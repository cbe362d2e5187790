import type { Price } from '../../protocol/models.ts'
import type { OpenProvider } from '../providers/openProvider.ts'
import type { ReadableDatabase } from '../store/database.ts'
import { findModelAsFarAsReadable } from '../store/modelTable.ts'
import { findRegisteredName } from './registeredModels.ts'

/**
 * What somebody said that calls of the model cost: of the model, and where that leaves a figure out, of its provider. Undefined: nothing.
 * A registration that cannot be read says nothing here; whoever works with it says why.
 */
export function findOwnPrice(database: ReadableDatabase, open: OpenProvider, model: string): Price | undefined {
  const ofProvider = (open.config as { price?: Price }).price
  const name = findRegisteredName(database, open, model)
  const ofModel = name === undefined ? null : findModelAsFarAsReadable(database, open.provider, name)?.price
  const price = { ...ofProvider, ...ofModel }
  return Object.keys(price).length === 0 ? undefined : price
}
