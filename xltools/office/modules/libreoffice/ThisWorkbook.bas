'Opening the workbook in LibreOffice: the buttons that its last saving lost are put back. Whatever fails is passed over.

Private Sub Workbook_Open()
    On Error Resume Next
    BridgeOpened
End Sub
