/**
 * @file The pipeline: the one place that composes stages. Each stage is loaded when it runs, so that a command
 * starts without the libraries of the others.
 *
 *     import -> embed -> balance -> cluster -> distill -> evaluate -> export
 */

export * from './pipeline/stages.ts';
export * from './pipeline/evaluate.ts';
export * from './pipeline/export.ts';
export { datasetOf, modelOfRun, nameOfModel, runOf } from './pipeline/subjects.ts';
