import * as z from 'zod'
import { DecisionQuestion, DecisionReport } from '../decisions.ts'
import { LearnedModel, LearnRequest } from '../learned.ts'
import {
  EndingModel,
  ModelFilter,
  ModelStatus,
  ModelTestReport,
  ModelType,
  RegisteredModel,
  TestPlan,
} from '../models.ts'
import { Instant, ModelId, ProviderId, pageOf } from '../names.ts'
import { ModelInfo } from '../providers.ts'
import { Dependents } from '../routing.ts'
import { ModelParameters, modelTest, savedTest, unsavedTest } from './modelTests.ts'
import { confirm, type RequestRow, request } from './request.ts'

const modelOfProvider = { provider: ProviderId, model: ModelId }

/** Registered models, and the library of providers that have one. */
export const modelRequests = {
  /** Registered models, in the order in which they were registered. A page may have fewer rows than fit: `next` says whether it is the last. */
  'model/list': request(ModelFilter.nullish(), pageOf(RegisteredModel)),
  /**
   * Registers or changes. `parameters` and `price` replace the stored ones whole; absent fields stay as they are. The type of a registered
   * model is fixed. Switching one off is refused with `has_dependents` until `confirm` is true.
   */
  'model/save': request(
    z.object({
      ...modelOfProvider,
      /** Needed for a new one. */
      type: ModelType.optional(),
      status: ModelStatus.optional(),
      parameters: ModelParameters.optional(),
      /** Whether gateways have it; of a new one, not unless it is said. */
      sync: z.boolean().optional(),
      /** Null: nothing of one's own any more. What is wrong with it is reported with its path, `price.input`, as an Outcome. */
      price: z.record(z.string(), z.json()).nullish(),
      create: z.boolean().optional(),
      ifUpdatedAt: Instant.optional(),
      ...confirm,
    }),
    RegisteredModel,
  ),
  /** Forgets the registration: parameters, findings, default. The model itself, unless it was learned here, and the routes that name it stay. */
  'model/remove': request(z.object({ ...modelOfProvider, ...confirm }), Dependents),
  /** One for each type: the one before is none any more. `isDefault: false` takes it back. */
  'model/setDefault': request(z.object({ ...modelOfProvider, isDefault: z.boolean().default(true) }), RegisteredModel),
  'model/dependents': request(z.object(modelOfProvider), Dependents),
  /** What is used and ends within so many days, or has ended, by what is known without asking anybody: the earliest first, without a day last. */
  'model/forecast': request(z.object({ days: z.int().min(1).max(3650).default(90) }), z.array(EndingModel)),
  /** One tiny real call, or with `probe` a few. What was found is kept with the model. */
  'model/test': request(z.object({ ...modelOfProvider, ...modelTest }), ModelTestReport),
  /** What `model/test` or `provider/test` would send with the same parameters. Sends nothing. */
  'model/describeTest': request(z.union([z.object(savedTest), z.object(unsavedTest)]), TestPlan),
  /**
   * Typed questions about a text of one's own, natively: a try by hand. Questions of which something is there twice, or more than the
   * server takes, are refused with `questions_invalid`. Accounted for as a test; nothing of it is kept.
   */
  'model/decide': request(
    z.object({
      ...modelOfProvider,
      input: z.string().min(1).max(10_000_000),
      questions: z.array(DecisionQuestion).min(1).max(1000),
      /** Whose rules count. Absent: nobody's. */
      workspaceFolder: z.string().min(1).max(4096).optional(),
    }),
    DecisionReport,
  ),
  /**
   * Learns a model of `builtin` from verdicts or labels, or learns it anew, and registers it. It is free, instant and local, knows the
   * categories of one profile, and answers none where it is less sure than its floor. `model/remove` forgets it as a whole. Fails with
   * `learn_failed`, or `already_exists` where a model that was not learned has the name.
   */
  'model/learn': request(LearnRequest, LearnedModel),
  /** Answers when the model is there; `model/pullProgress` carries the rest. A pull that was cancelled goes on where it was. */
  'model/pull': request(z.object(modelOfProvider), ModelInfo),
  /** Removes the model from its provider's machine. Routes and registration that name it stay. */
  'model/delete': request(z.object({ ...modelOfProvider, ...confirm }), Dependents),
} as const satisfies Record<string, RequestRow>
