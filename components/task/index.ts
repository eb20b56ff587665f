export { Task, type TaskVerb } from "./task";
export type { TaskArgs, TaskBuild, TaskChildren, TaskNetwork, Vpc } from "./task.args";
export type { RunOptions, TaskRun, TaskState } from "./task.runtime";
export type { TaskExit } from "./task-event.runtime";
