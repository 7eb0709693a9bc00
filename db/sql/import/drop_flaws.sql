DELETE FROM stage.flaw f USING stage.dirty d WHERE f.stream = d.stream
