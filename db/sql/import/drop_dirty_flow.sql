DELETE FROM stage.flow f USING stage.dirty d WHERE f.obs = d.obs AND f.coder = d.coder AND f.subject = d.subject AND f.group_no = d.group_no
