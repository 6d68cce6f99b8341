// Never compiled: the targets of this tiny house only have to have a source.
