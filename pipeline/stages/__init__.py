"""The steps' verbs, one a file: functions of values, with the engine as an argument."""
